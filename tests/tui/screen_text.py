"""What a running app, or a drawing, shows as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.app import App

from rocmtui.tui.draw.lines import Span


def screen_text(app: App[Any]) -> str:
    """All that is on the screen, a line a row."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def text_of(lines: Iterable[Iterable[Span]]) -> list[str]:
    """The bare text of drawn lines."""
    return ["".join(span.text for span in line) for line in lines]
