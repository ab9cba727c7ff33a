"""The dashboard and its panels."""
