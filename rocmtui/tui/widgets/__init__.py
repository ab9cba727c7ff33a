"""Widgets drawn by hand as Strips."""
