"""What happened in the run: warnings, changes of load, spills and crashes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from rocmtui.core.server.log.line import LogLevel
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dashboard.log import LEVEL_MARKS, LEVEL_ROLES
from rocmtui.tui.draw.lines import Line, Span
from rocmtui.tui.draw.list_panel import ListPanel


class EventsPanel(ListPanel):
    """A line each, with the time since the run began."""

    key = "7"
    name_in_tabs = "events"
    HELP_TEXT = "What happened in this run, newest last; below it what is to be known of its figures."
    KEYS = (("enter", "whole sentences", "open_whole"),)
    BINDINGS: ClassVar[list[BindingType]] = [("enter", "open_whole", "these sentences whole")]

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """The notices, the warnings about the figures, and when the run began."""
        return (view.notices, view.started_ns, view.live and view.live.warnings)

    def count(self, view: SessionView) -> tuple[int, int]:
        """Positions in the list."""
        return 0, len(_told(view))

    def entries(self, view: SessionView, first: int, end: int, width: int) -> Sequence[Line]:
        """Time since the start, then the sentence."""
        return [
            [
                Span(since + " ", "muted"),
                Span(LEVEL_MARKS[level] + " ", LEVEL_ROLES[level]),
                Span(clean_line(said, max(width - 11, 1)), LEVEL_ROLES[level]),
            ]
            for since, level, said in _told(view)[first:end]
        ]

    def whole(self, view: SessionView, first: int, end: int) -> Sequence[str]:
        """Each with its time."""
        return [f"{since} {said}" for since, _, said in _told(view)[first:end]]


def _told(view: SessionView) -> list[tuple[str, LogLevel, str]]:
    """Time, level and sentence of each; what holds of the figures now stands below what happened."""
    happened = [(_since_start(view, notice.at_ns), notice.level, notice.text) for notice in view.notices]
    warnings = view.live.warnings if view.live is not None else ()
    return [*happened, *(("figures:".rjust(8), "warning", text) for text in warnings)]


def _since_start(view: SessionView, at_ns: int) -> str:
    """A dash for what was before the run, or while there is none."""
    known = view.started_ns and at_ns >= view.started_ns
    return text.clock(at_ns - view.started_ns) if known else f"{text.DASH:>8}"
