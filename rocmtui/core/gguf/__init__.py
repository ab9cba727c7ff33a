"""What a model file says of itself, and the memory it needs. Reads bytes it is given, never a file."""
