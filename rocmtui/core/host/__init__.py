"""The machine around the server: what its processors and memory did, and why that made a server slow."""
