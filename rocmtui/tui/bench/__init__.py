"""Bench and sweep on the screen."""
