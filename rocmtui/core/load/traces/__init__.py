"""Recorded traces: their formats, what stands in them, and prompts that share what theirs shared."""
