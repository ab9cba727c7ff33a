"""How a command runs what it was asked for: in the app, headless, until a signal."""
