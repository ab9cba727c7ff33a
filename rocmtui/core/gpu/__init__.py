"""The AMD GPUs: what a reading holds and which of it is believable, memory and its owners, spill, choice."""
