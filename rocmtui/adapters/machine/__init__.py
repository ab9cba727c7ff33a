"""This machine: clock, settings and theme files, small kernel files, what it is and how busy."""
