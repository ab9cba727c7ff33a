"""What the sweep screen draws: the curve of throughput and TTFT against load, and the table below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rocmtui.core.session.view import SessionView
from rocmtui.core.sweep.plan import Level, saturated
from rocmtui.core.sweep.text import AXIS_WORDS
from rocmtui.core.sweep.view import SweepView
from rocmtui.core.text import forms
from rocmtui.core.text.blocks import columns
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.sizes import counted
from rocmtui.tui.bench.work_screen import WorkDrawn
from rocmtui.tui.draw.lines import Line, Span, cut, fit, width_of
from rocmtui.tui.draw.panel import Panel
from rocmtui.tui.draw.wrapping import wrapped, wrapped_words

LEAST_COLUMN, MOST_COLUMN = 8, 16
FEWEST_COLUMNS = 6
"""So many have room before columns become narrower."""
UNIT_CELLS = 6
MOST_REMARK = 14
"""A remark of so many cells has its place beside the figures."""
LOAD_CELLS = 11
MOST_HEAD = 4
LEAST_LEVELS, MOST_LEVELS = 5, 18
TABLE: tuple[tuple[str, int, Callable[[Level], str]], ...] = (
    ("tok/s", 9, lambda level: forms.figure(level.output_tps)),
    ("each", 8, lambda level: forms.figure(level.output_tps_per_request)),
    ("TTFT p95", 10, lambda level: forms.figure(level.ttft_p95_ms)),
    ("p50 ms", 9, lambda level: forms.figure(level.ttft_p50_ms)),
    ("ITL p50", 9, lambda level: forms.figure(level.itl_p50_ms)),
    ("queue p50", 11, lambda level: forms.figure(level.queue_wait_p50_ms)),
)


class SweepHead(WorkDrawn[SweepView]):
    """What is varied and tried now, then what is best so far, over as many lines as that takes."""

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """State and advice."""
        sweep = self.work
        axis = AXIS_WORDS[sweep.plan.goal.axis]
        looks = {"running": "accent", "done": "good", "interrupted": "warning"}
        now = f"trying {_load_words(sweep.load, axis)}" if sweep.load is not None else sweep.phase
        first = [
            Span(" rocmtui ", "chip"),
            Span(" sweep ", "title"),
            Span(f" {now}  ", looks[sweep.phase]),
            Span(f"{len(sweep.tried)} tried  ", "figure"),
            Span(clean_line(sweep.plan.title, 60), "muted"),
        ]
        loads = ", ".join(f"{load:g}" for load in sweep.plan.goal.loads)
        searched = f"{axis} are doubled until throughput stops growing, then the knee is sought"
        best = "best so far: " if sweep.phase == "running" else ""
        nothing_yet = f"{axis} to be tried: {loads}" if loads else searched
        said = f"{best}{sweep.advice}" if sweep.advice else nothing_yet
        told = wrapped_words(said, width - 2)[:MOST_HEAD]
        self.take_rows(len(told) + 1)
        return [fit(first, width), *(fit([Span(f" {line}")], width) for line in told)]


def _load_words(load: float, axis: str) -> str:
    """`1 worker`, `4 slots`, `2.5 requests/s`."""
    return f"{load:g} {axis}" if "/" in axis else counted(load, axis.removesuffix("s"))


class SweepChart(Panel, WorkDrawn[SweepView]):
    """tok/s of all streams above, TTFT p95 below, a column for each load."""

    key = "1"
    HELP_TEXT = "Throughput and time to first token against load; each has its own scale, from zero."

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Two rows of bars over the loads."""
        inner, rows = width - 4, max(height - 5, 2)
        levels = _newest_that_fit(self.work, inner)
        cells = (inner - UNIT_CELLS) // max(len(levels), FEWEST_COLUMNS)
        cells = min(max(cells, LEAST_COLUMN), MOST_COLUMN)
        upper = max(rows * 3 // 5, 1)
        lines = [
            *_bars(self.work, levels, [level.output_tps for level in levels], upper, "decode", cells),
            _figures(levels, [level.output_tps for level in levels], "tok/s", cells),
            _loads(self.work, levels, cells),
            *_bars(self.work, levels, [level.ttft_p95_ms for level in levels], rows - upper, "queue", cells),
            _figures(levels, [level.ttft_p95_ms for level in levels], "ms", cells),
        ]
        right = [
            Span("tok/s", "decode"),
            Span(" above, ", "muted"),
            Span("TTFT p95", "queue"),
            Span(" below", "muted"),
        ]
        foot = [Span(AXIS_WORDS[self.work.plan.goal.axis], "muted")]
        nothing: list[Line] = [[Span("Nothing measured yet.", "muted")]]
        return self.framed((width, height), lines if levels else nothing, "load", right, foot)


class SweepTable(Panel, WorkDrawn[SweepView]):
    """Every level tried, light to heavy."""

    key = "3"
    HELP_TEXT = "Medians and p95 of each load; > is the best so far, ✗ could not be measured."

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Head and rows."""
        remarks = [len(said) + 2 for level in _by_load(self.work) if (said := _remark(self.work, level))]
        beside = max((cells for cells in remarks if cells <= MOST_REMARK), default=0)
        shown, room = 0, width - 4 - LOAD_CELLS - beside
        while shown < len(TABLE) and sum(cells for _, cells, _ in TABLE[: shown + 1]) <= room:
            shown += 1
        head = [Span(f"{AXIS_WORDS[self.work.plan.goal.axis]:>{LOAD_CELLS}}", "muted")]
        head += [Span(f"{title:>{cells}}", "muted") for title, cells, _ in TABLE[:shown]]
        rows = [line for level in _by_load(self.work) for line in _rows(self.work, level, shown, width - 4)]
        if self.screen.has_class("-low") or self.screen.has_class("-only"):
            self.styles.height = None
        else:
            wanted = max(len(rows), LEAST_LEVELS) + 3
            self.take_rows(min(wanted, MOST_LEVELS, self.screen.size.height * 3 // 5))
        return self.framed((width, height), [head, *rows], "levels")


def _by_load(sweep: SweepView) -> list[Level]:
    return sorted((tried.level for tried in sweep.tried), key=lambda level: level.load)


def _newest_that_fit(sweep: SweepView, width: int) -> list[Level]:
    """As many levels as there is room for, the ones around the best kept."""
    levels = _by_load(sweep)
    room = max((width - UNIT_CELLS) // LEAST_COLUMN, 1)
    if len(levels) <= room:
        return levels
    at = next((index for index, level in enumerate(levels) if level.load == sweep.best), len(levels) - 1)
    first = min(max(at - room // 2, 0), len(levels) - room)
    return levels[first : first + room]


def _bars(
    sweep: SweepView,
    levels: Sequence[Level],
    values: Sequence[float | None],
    rows: int,
    role: str,
    cells: int,
) -> list[Line]:
    most = max((value for value in values if value is not None), default=0.0) or 1.0
    drawn = columns([None if value is None else value / most for value in values], rows)
    lines: list[Line] = []
    for text in drawn:
        line: Line = [Span(" " * UNIT_CELLS)]
        for level, block in zip(levels, text, strict=True):
            look = "good" if level.load == sweep.best else role if level.acceptable else "warning"
            line.append(Span(f" {block * (cells - 2)} ", look))
        lines.append(line)
    return lines


def _figures(levels: Sequence[Level], values: Sequence[float | None], unit: str, cells: int) -> Line:
    shown = [
        forms.figure(value) if not level.problem else "✗" for level, value in zip(levels, values, strict=True)
    ]
    figures = [Span(f"{cut(text, cells - 1):^{cells}}", "figure") for text in shown]
    return [Span(f"{unit:<{UNIT_CELLS}}", "muted"), *figures]


def _loads(sweep: SweepView, levels: Sequence[Level], cells: int) -> Line:
    line: Line = [Span(" " * UNIT_CELLS)]
    for level in levels:
        best = level.load == sweep.best
        shown = f"{'>' * best}{level.load:g}"
        line.append(Span(f"{shown:^{cells}}", "accent" if best else "muted"))
    return line


def _rows(sweep: SweepView, level: Level, shown: int, width: int) -> list[Line]:
    """The figures of a level; what is to be said of it beside them, or below where it is too long."""
    line, remark = _row(sweep, level, shown), _remark(sweep, level)
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
