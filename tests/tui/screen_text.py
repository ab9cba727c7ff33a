"""What a running app shows, as text."""

from __future__ import annotations

from typing import Any

from textual.app import App


def screen_text(app: App[Any]) -> str:
    """All that is on the screen, a line a row."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())
