"""Where a replay stands in its run, and what happened when; a click goes there."""

from __future__ import annotations

from collections.abc import Callable

from textual import events

from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.tui.dashboard.chart.axis import LOOKS
from rocmtui.tui.draw.lines import Line, Span, fit, runs
from rocmtui.tui.draw.panel import Drawn

CLOCK = 9


class TimeBar(Drawn):
    """`▶ 1:15 ━━━━●──▲──⚠── 3:00 ×4`."""

    DEFAULT_CSS = "TimeBar { height: 1; }"

    def __init__(self, seek: Callable[[int], object], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._seek = seek

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """Where the replay stands."""
        return (view.replay,)

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """One line."""
        replay = view.replay
        cells = self._cells(width)
        if replay is None or cells < 10 or not replay.duration_ns:
            return [fit([], width)]
        here = min(replay.position_ns * cells // replay.duration_ns, cells - 1)
        glyphs = ["━"] * here + ["●"] + ["─"] * (cells - here - 1)
        roles = ["accent"] * (here + 1) + ["border"] * (cells - here - 1)
        for mark in replay.marks:
            at = mark.at_ns * cells // replay.duration_ns
            if 0 <= at < cells and at != here:
                glyphs[at], roles[at] = LOOKS[mark.kind]
        state = "▶" if replay.playing else "❚❚"
        line = [
            Span(f" {state:<2}", "accent"),
            Span(f"{text.position(replay.position_ns):>{CLOCK - 4}} ", "figure"),
            *runs("".join(glyphs), roles),
            Span(f" {text.position(replay.duration_ns):<{CLOCK - 1}}", "muted"),
            Span(f"×{replay.speed:g}", "accent"),
        ]
        return [fit(line, width)]

    def on_click(self, event: events.Click) -> None:
        """Go there."""
        replay, cells = self.session_view.replay, self._cells(self.size.width)
        at = event.x - CLOCK
        if replay is not None and 0 <= at < cells:
            self._seek(at * replay.duration_ns // cells)

    def _cells(self, width: int) -> int:
        return width - 2 * CLOCK - 6
