"""Load processes as children, their prompts from files, and the cap on their rate."""
