"""Benches and sweeps carried out: rest awaited, cells measured, interrupted and resumed."""
