"""Entry points of the child processes: load and GPU sampler."""
