"""A run, bench, sweep or comparison as one HTML file: what stands on it, and its text."""
