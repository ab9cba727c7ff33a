"""Drives the app unattended and turns what it shows into casts and pictures."""
