"""A whole report, of a run, a bench or a sweep, as a page."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from rocmtui.tui.dialogs.dialog import Dialog, DialogBox, Key


class ReportPage(Dialog[None]):
    """Headings and tables; scrolls; y copies its Markdown. What comes from outside is escaped in it."""

    DEFAULT_CSS = """
    ReportPage > DialogBox { width: 96%; max-width: 140; height: 96%; padding: 0 1; }
    ReportPage Markdown { height: auto; background: $background; padding: 0; margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q", "dismiss", "back"),
        ("y", "copy", "copy as Markdown"),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """The report. What draws Markdown is imported now: nobody waits for it before."""
        from textual.widgets import Markdown

        with DialogBox("report", Key("y", "copy", "copy"), Key("esc", "back", "dismiss")):
            yield Markdown(self._text, open_links=False)

    def action_copy(self) -> None:
        """Put the report on the clipboard, through the terminal."""
        self.app.copy_to_clipboard(self._text)
        self.notify("copied as Markdown", timeout=3)
