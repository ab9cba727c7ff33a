"""How fast decode could be at most: bytes a step over what the memory moves; and what of that was reached."""
