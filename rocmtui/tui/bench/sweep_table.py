"""The levels of a sweep as a table: scrolls where there are more than fit, and keeps the best in sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from rocmtui.core.session.view import SessionView
from rocmtui.core.sweep.plan import Level, saturated
from rocmtui.core.sweep.text import AXIS_WORDS, by_load
from rocmtui.core.sweep.view import SweepView
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.bench.work_screen import WorkDrawn
from rocmtui.tui.draw.lines import Line, Span, width_of
from rocmtui.tui.draw.panel import Panel
from rocmtui.tui.draw.wrapping import wrapped

MOST_REMARK = 14
"""A remark of so many cells has its place beside the figures."""
LOAD_CELLS = 11
LEAST_LEVELS, MOST_LEVELS = 5, 18
AROUND = 3
"""Lines of the frame and of the head."""
TABLE: tuple[tuple[str, int, Callable[[Level], str]], ...] = (
    ("tok/s", 9, lambda level: forms.figure(level.output_tps)),
    ("each", 8, lambda level: forms.figure(level.output_tps_per_request)),
    ("TTFT p95", 10, lambda level: forms.figure(level.ttft_p95_ms)),
    ("p50 ms", 9, lambda level: forms.figure(level.ttft_p50_ms)),
    ("ITL p50", 9, lambda level: forms.figure(level.itl_p50_ms)),
    ("queue p50", 11, lambda level: forms.figure(level.queue_wait_p50_ms)),
)


class SweepTable(Panel, WorkDrawn[SweepView]):
    """Every level tried, light to heavy."""

    key = "3"
    KEYS = (("↑ ↓", "scroll", "scroll(1)"), ("end", "follow", "follow"))
    HELP_TEXT = "Medians and p95 of each load; > is the best so far, ✗ could not be measured."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", "up", show=False),
        Binding("down", "scroll(1)", "down", show=False),
        Binding("pageup", "scroll(-10)", "page up", show=False),
        Binding("pagedown", "scroll(10)", "page down", show=False),
        Binding("end", "follow", "keep the best in sight", show=False),
    ]
    _chosen: int | None = None
    """The first line below the head that one scrolled to; None keeps the best level in sight."""
    _first = 0
    """The first line shown below the head."""

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Head and rows, and how many are out of sight."""
        head, levels = level_lines(self.work, width - 4)
        rows = [line for _, lines in levels for line in lines]
        if self.screen.has_class("-low") or self.screen.has_class("-only"):
            self.styles.height = None
        else:
            wanted = max(len(rows), LEAST_LEVELS) + AROUND
            self.take_rows(min(wanted, MOST_LEVELS, self.screen.size.height * 3 // 5))
        room = height - AROUND
        best = sum(len(lines) for level, lines in levels if level.load < (self.work.best or 0))
        wanted = best - room // 2 if self._chosen is None else self._chosen
        self._first = max(min(wanted, len(rows) - room), 0)
        out = ((self._first, "above"), (len(rows) - room - self._first, "below"))
        told = ", ".join(f"{lines} more {where}" for lines, where in out if lines > 0)
        foot = [Span(told, "muted")] if told else []
        return self.framed((width, height), [head, *rows[self._first :]], "levels", foot=foot)

    def action_scroll(self, lines: int) -> None:
        """Move by lines, up is negative."""
        self._chosen = max(self._first + lines, 0)
        self.redraw()

    def action_follow(self) -> None:
        """Keep the best in sight again."""
        self._chosen = None
        self.redraw()


def level_lines(sweep: SweepView, width: int) -> tuple[Line, list[tuple[Level, list[Line]]]]:
    """The head, and the lines of each level: as many columns as have room beside the remarks on them."""
    levels = by_load(sweep.tried)
    remarks = [len(said) + 2 for level in levels if (said := _remark(sweep, level))]
    beside = max((cells for cells in remarks if cells <= MOST_REMARK), default=0)
    shown, room = 0, width - LOAD_CELLS - beside
    while shown < len(TABLE) and sum(cells for _, cells, _ in TABLE[: shown + 1]) <= room:
        shown += 1
    head = [Span(f"{AXIS_WORDS[sweep.plan.goal.axis]:>{LOAD_CELLS}}", "muted")]
    head += [Span(f"{title:>{cells}}", "muted") for title, cells, _ in TABLE[:shown]]
    return head, [(level, _rows(sweep, level, shown, width)) for level in levels]


def _rows(sweep: SweepView, level: Level, shown: int, width: int) -> list[Line]:
    """The figures of a level; what is to be said of it beside them, or below where it is too long."""
    line, remark = _row(sweep, level, shown), _remark(sweep, level)
    if not remark:
        return [line]
    if len(remark) + 2 <= width - width_of(line):
        return [[*line, Span(f"  {remark}", "warning")]]
    return [line, *wrapped(remark, width, "warning", lead=Span(" " * (LOAD_CELLS + 2)))]


def _row(sweep: SweepView, level: Level, shown: int) -> Line:
    mark = ">" if level.load == sweep.best else "✗" if level.problem else " "
    return [
        Span(f"{mark} ", "good" if mark == ">" else "bad"),
        Span(f"{level.load:g}".rjust(LOAD_CELLS - 2), "strong"),
        *(Span(f"{read(level):>{cells}}", "figure") for _, cells, read in TABLE[:shown]),
    ]


def _remark(sweep: SweepView, level: Level) -> str:
    if level.problem:
        return clean_line(level.problem, 200)
    if level.slo_met is False:
        return level.slo_words
    return "falls behind" if saturated(sweep.plan.goal, level) else ""
