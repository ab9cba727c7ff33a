"""A bench: its cells measured and judged, summed up, and told as text, tables and files."""
