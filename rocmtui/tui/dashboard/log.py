"""The server's log, coloured by level and searchable."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import ClassVar

from textual.binding import BindingType

from rocmtui.core.server.log.line import LogLevel, is_chatter, level_of
from rocmtui.core.session.view import SessionView
from rocmtui.core.session.view_builder import MAX_LOG_LINES
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Span, fit
from rocmtui.tui.draw.list_panel import ListPanel

LEVEL_ROLES: dict[LogLevel, str] = {"debug": "muted", "info": "text@80", "warning": "warning", "error": "bad"}
LEVEL_MARKS: dict[LogLevel, str] = {"debug": " ", "info": " ", "warning": "!", "error": "✗"}

NO_LOG = "The log of an attached server cannot be read: it is written where that server was started."


class LogPanel(ListPanel):
    """Lines of llama-server as they come; untrusted text, shown inert."""

    key = "6"
    name_in_tabs = "log"
    HELP_TEXT = (
        "The server's own log, warnings and errors in colour. / searches, d shows or hides what it says of "
        "every single request, End follows the newest line."
    )
    KEYS = (
        ("enter", "whole lines", "open_whole"),
        ("n N", "matches", "find(-1)"),
        ("d", "every line", "chatter"),
        ("end", "follow", "follow"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "open_whole", "these lines whole"),
        ("n", "find(-1)", "older match"),
        ("N", "find(1)", "newer match"),
        ("d", "chatter", "lines of every request, or not"),
    ]
    chatter = False
    """Whether what the server says of every single request is shown too."""
    needle = ""
    """Text searched for, in any case."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._kept: deque[str] = deque(maxlen=MAX_LOG_LINES)
        self._seen = self._passed = self._hidden = 0
        """Lines looked at, kept and hidden since the run began."""

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """The log, and whether there can be one."""
        return (view.log, view.server.attached)

    def count(self, view: SessionView) -> tuple[int, int]:
        """Numbers of the lines kept, since the run began."""
        self._take(view)
        return self._passed - len(self._kept), self._passed

    def action_chatter(self) -> None:
        """Show what the server says of every single request, or hide it."""
        self.chatter = not self.chatter
        self._forget()
        self.action_follow()

    def _take(self, view: SessionView) -> None:
        """Look at the lines that are new."""
        end = view.log_first_number + len(view.log)
        if end < self._seen:  # another run, or a replay gone back
            self._forget()
        for line in view.log[max(self._seen - view.log_first_number, 0) :]:
            if self.chatter or not is_chatter(line):
                self._kept.append(line)
                self._passed += 1
            else:
                self._hidden += 1
        self._seen = end

    def _forget(self) -> None:
        self._kept.clear()
        self._seen = self._passed = self._hidden = 0

    def head(self, view: SessionView, width: int) -> list[Line]:
        """Why nothing more comes."""
        return [fit([Span(NO_LOG, "muted")], width)] if view.server.attached else []

    def entries(self, view: SessionView, first: int, end: int, width: int) -> Sequence[Line]:
        """One line each, cut at the panel's edge."""
        if not self._kept and self._hidden:
            words = f"{text.count(self._hidden)} lines of single requests hidden: d shows them"
            return [[Span(words, "muted")]]
        offset = self._passed - len(self._kept)
        return [self._line(line, width) for line in islice(self._kept, first - offset, end - offset)]

    def whole(self, view: SessionView, first: int, end: int) -> Sequence[str]:
        """The lines as they came."""
        offset = self._passed - len(self._kept)
        return list(islice(self._kept, first - offset, end - offset))

    def figures(self, view: SessionView, room: int) -> Line:
        """What is searched for and how often it occurs; how many lines are hidden."""
        if not self.needle:
            words = f" {text.count(self._hidden)} lines of requests" if self._hidden else ""
            return [Span("d", "accent", action="chatter"), Span(words, "muted")] if words else []
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
        numbered = enumerate(self._kept, self._passed - len(self._kept))
        return [number for number, line in numbered if self.needle and self.needle in line.casefold()]

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
