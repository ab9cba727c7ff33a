"""The load plan."""
