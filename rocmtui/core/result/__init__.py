"""What a load came to: its figures, what was wrong, and how it stands to the last one like it."""
