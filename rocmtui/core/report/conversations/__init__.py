"""Conversations of a run, turn by turn: what the cache could have given back, and what it did."""
