"""A whole report, of a run, a bench or a sweep, as a page."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from rocmtui.tui.dialogs.dialog import Dialog, DialogBox


class ReportPage(Dialog[None]):
    """Headings and tables; scrolls; y copies its Markdown. What comes from outside is escaped in it."""

    DEFAULT_CSS = """
    ReportPage > DialogBox { width: 96%; max-width: 140; height: 96%; padding: 0 1; }
    ReportPage Markdown { height: auto; background: $background; padding: 0; margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy", tooltip="copy as Markdown"),
        Binding("escape,q", "dismiss", "back", key_display="esc"),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """The report. What draws Markdown is imported now: nobody waits for it before."""
        from textual.widgets import Markdown

        with DialogBox("report", *self.foot()):
            yield Markdown(self._text, open_links=False)

    def action_copy(self) -> None:
        """Put the report on the clipboard, through the terminal."""
        self.copy_out(self._text, "copied as Markdown")
