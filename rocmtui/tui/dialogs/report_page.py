"""A whole report, of a run, a bench or a sweep, as a page."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from rocmtui.tui.dialogs.dialog import Dialog, DialogBox
from rocmtui.tui.dialogs.narrow_tables import with_narrow_tables

WIDEST, AROUND = 140, 6
"""Cells of the box at most, and what of them is frame, padding and scrollbar."""


class ReportPage(Dialog[None]):
    """Headings and tables; scrolls; y copies its Markdown. What comes from outside is escaped in it."""

    DEFAULT_CSS = f"""
    ReportPage > DialogBox {{ width: 96%; max-width: {WIDEST}; height: 96%; }}
    ReportPage > DialogBox, ReportPage.-low > DialogBox {{ padding: 0 0 0 1; }}
    ReportPage Markdown {{ height: auto; background: $background; padding: 0; margin: 0 1 0 0; }}
    ReportPage MarkdownH1 {{ margin: 0 0 1 0; padding: 0; }}
    ReportPage MarkdownH2, ReportPage MarkdownH3 {{ margin: 1 0; padding: 0; }}
    ReportPage MarkdownTableContent {{ keyline: none; grid-gutter: 0; }}
    ReportPage MarkdownFence {{ color: $foreground; background: $surface; }}
    ReportPage MarkdownFence > Label {{ width: 1fr; padding: 0 2; color: $foreground; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy", tooltip="copy as Markdown"),
        Binding("escape,q", "dismiss", "back", key_display="esc"),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self._shown = ""

    def compose(self) -> ComposeResult:
        """The report. What draws Markdown is imported now: nobody waits for it before."""
        from textual.widgets import Markdown

        with DialogBox("report", *self.foot()):
            yield Markdown(open_links=False)

    def on_resize(self, event: events.Resize) -> None:
        """Tables that have no room are lists."""
        from textual.widgets import Markdown

        text = with_narrow_tables(self._text, min(event.size.width * 96 // 100, WIDEST) - AROUND)
        if text != self._shown:
            self._shown = text
            self.query_one(Markdown).update(text)

    def action_copy(self) -> None:
        """Put the report on the clipboard, through the terminal."""
        self.copy_out(self._text, "copied as Markdown")
