"""Asyncio logic that speaks to the world only through the Protocols in core/session/ports.py."""
