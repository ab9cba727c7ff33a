"""A session: server, load, GPUs and run folder joined, live or replayed."""
