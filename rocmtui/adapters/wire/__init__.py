"""Sockets: the timing transport, reading replies, asking a server how it is. Stamps before anything else."""
