"""Runs, benches and sweeps on disk: written while they happen, read back, packed."""
