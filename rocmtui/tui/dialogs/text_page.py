"""A page of plain text over the screen: a comparison, a command line."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dialogs.dialog import Dialog, DialogBox

BORDERS = 7
"""Columns of the box that are not text: its frame, its padding, its scroll bar."""
INDENT = "    "


class TextScreen(Dialog[None]):
    """Scrolls; as wide as its text or else wrapped; y copies all of it; Esc leaves."""

    DEFAULT_CSS = """
    TextScreen > DialogBox { width: auto; min-width: 60; }
    TextScreen Static { width: auto; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy"),
        Binding("escape,enter,q", "dismiss(None)", "back", key_display="esc"),
    ]

    def __init__(self, title: str, text: str | Callable[[int | None], str]) -> None:
        """`text` is the text, or what writes it for so many columns, or for as many as it takes."""
        super().__init__()
        self._heading = title
        self._text = text

    def _for(self, width: int | None) -> str:
        text = self._text if isinstance(self._text, str) else self._text(width)
        return "\n".join(_clean(line) for line in text.splitlines())

    def compose(self) -> ComposeResult:
        """The text."""
        with DialogBox(self._heading, *self.foot()):
            yield Static(markup=False)

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew: nothing is cut off at any width."""
        width = event.size.width * 96 // 100 - BORDERS
        lines = [part for line in self._for(width).splitlines() for part in wrapped(line, width)]
        self.query_one(Static).update("\n".join(lines))

    def action_copy(self) -> None:
        """Put the text on the clipboard, through the terminal."""
        self.copy_out(self._for(None))


def wrapped(line: str, width: int) -> list[str]:
    """A line that is too long as several; of a table's row the last cell goes below the others."""
    if len(line) <= width:
        return [line]
    row, _, cell = line.rpartition("  ")
    if not row.strip():
        return textwrap.wrap(line, width, subsequent_indent=INDENT)
    return [
        *textwrap.wrap(row.rstrip(), width, subsequent_indent=INDENT),
        *textwrap.wrap(cell, width, initial_indent=INDENT, subsequent_indent=INDENT),
    ]


def _clean(line: str) -> str:
    """A line without control characters that keeps its indent."""
    indent = len(line) - len(line.lstrip(" "))
    return " " * indent + clean_line(line, 1000)
