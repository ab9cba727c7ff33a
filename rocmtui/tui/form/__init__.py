"""Fields of one line, and lists one picks from."""
