"""Lines of data: what one says, and which of them are turns of one conversation."""
