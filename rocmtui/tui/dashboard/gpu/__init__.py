"""The cards of the machine, and the machine itself."""
