"""A run, bench, sweep or comparison as one HTML file, or beside a list: what stands there, and its text."""
