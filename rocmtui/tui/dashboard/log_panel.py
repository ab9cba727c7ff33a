"""The server's log, coloured by level and searchable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from rocmtui.core.server.log_line import LogLevel, level_of
from rocmtui.core.session.view import SessionView
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Span, fit
from rocmtui.tui.draw.list_panel import ListPanel

LEVEL_ROLES: dict[LogLevel, str] = {"debug": "muted", "info": "text@80", "warning": "warning", "error": "bad"}
LEVEL_MARKS: dict[LogLevel, str] = {"debug": " ", "info": " ", "warning": "!", "error": "✖"}

NO_LOG = "The log of an attached server cannot be read: it is written where that server was started."


class LogPanel(ListPanel):
    """Lines of llama-server as they come; untrusted text, shown inert."""

    key = "5"
    name_in_tabs = "log"
    HELP_TEXT = (
        "The server's own log, warnings and errors in colour. / searches, End follows the newest line."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        ("n", "find(-1)", "older match"),
        ("N", "find(1)", "newer match"),
    ]
    needle = ""
    """Text searched for, in any case."""

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """The log, and whether there can be one."""
        return (view.log, view.server.attached)

    def count(self, view: SessionView) -> tuple[int, int]:
        """Line numbers since the run began."""
        return view.log_first_number, view.log_first_number + len(view.log)

    def head(self, view: SessionView, width: int) -> list[Line]:
        """Why nothing more comes."""
        return [fit([Span(NO_LOG, "muted")], width)] if view.server.attached else []

    def entries(self, view: SessionView, first: int, end: int, width: int) -> Sequence[Line]:
        """One line each, cut at the panel's edge."""
        offset = view.log_first_number
        return [self._line(line, width) for line in view.log[first - offset : end - offset]]

    def figures(self, view: SessionView, room: int) -> Line:
        """What is searched for and how often it occurs."""
        if not self.needle:
            return []
        found = len(self._matches())
        return [
            Span(f"/{self.needle[: max(room - 20, 4)]} ", "accent"),
            Span(f"{found} lines" if found else "not found", "muted" if found else "warning"),
        ]

    def search(self, needle: str) -> None:
        """Mark lines with this text; an empty one ends the search."""
        self.needle = clean_line(needle, 80).casefold()
        self.redraw()

    def action_find(self, step: int) -> None:
        """Go to the next matching line above (-1) or below (1) the middle of what is shown."""
        oldest, newest = self.count(self.session_view)
        rows = self._rows()
        first = self._first_shown if self._first_shown is not None else max(newest - rows, oldest)
        middle = first + rows // 2 if self._first_shown is not None else newest
        matches = self._matches()
        around = [n for n in matches if n < middle] if step < 0 else [n for n in matches if n > middle]
        if around:
            self.show_entry(around[-1] if step < 0 else around[0])

    def _matches(self) -> list[int]:
        view, needle = self.session_view, self.needle
        numbered = enumerate(view.log, view.log_first_number)
        return [number for number, line in numbered if needle and needle in line.casefold()]

    def _line(self, line: str, width: int) -> Line:
        level = level_of(line)
        role = LEVEL_ROLES[level]
        return [
            Span(LEVEL_MARKS[level] + " ", role),
            *self._marked(clean_line(line, max(width - 2, 1)), role),
        ]

    def _marked(self, shown: str, role: str) -> Line:
        """The line with every match in the selection's colour."""
        needle, folded = self.needle, shown.casefold()
        if not needle or needle not in folded or len(folded) != len(shown):
            return [Span(shown, role)]
        line: Line = []
        at = 0
        while (found := folded.find(needle, at)) >= 0:
            line += [Span(shown[at:found], role), Span(shown[found : found + len(needle)], "marked")]
            at = found + len(needle)
        return [span for span in (*line, Span(shown[at:], role)) if span.text]
