"""What the sweep screen draws: what it comes to, and the curve of throughput and TTFT against load."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.session.view import SessionView
from rocmtui.core.sweep.plan import Level
from rocmtui.core.sweep.text import AXIS_WORDS, by_load
from rocmtui.core.sweep.view import SweepView
from rocmtui.core.text import forms
from rocmtui.core.text.blocks import columns
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.sizes import counted
from rocmtui.tui.bench.work_screen import WorkDrawn
from rocmtui.tui.draw.lines import Line, Span, cut, fit
from rocmtui.tui.draw.panel import Panel
from rocmtui.tui.draw.wrapping import wrapped_words

LEAST_COLUMN, MOST_COLUMN = 8, 16
FEWEST_COLUMNS = 6
"""So many have room before columns become narrower."""
UNIT_CELLS = 6
MOST_HEAD = 4


class SweepHead(WorkDrawn[SweepView]):
    """What is varied and tried now, then what is best so far, over as many lines as that takes."""

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """State and advice."""
        sweep = self.work
        axis = AXIS_WORDS[sweep.plan.goal.axis]
        looks = {"running": "accent", "done": "good", "interrupted": "warning"}
        now = sweep.phase if sweep.load is None else f"trying {_load_words(sweep.load, axis)}"
        if sweep.load in {tried.level.load for tried in sweep.tried}:
            now += " again, to confirm"
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
    HELP_TEXT = (
        "Throughput and time to first token against load; each has its own scale, from zero. "
        "> is the best so far, ! what misses an SLO, ✗ what could not be measured."
    )

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


def _newest_that_fit(sweep: SweepView, width: int) -> list[Level]:
    """As many levels as there is room for, the ones around the best kept."""
    levels = by_load(sweep.tried)
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
        mark = ">" if best else "" if level.acceptable or level.problem else "!"
        shown = f"{mark}{level.load:g}"
        line.append(Span(f"{shown:^{cells}}", "accent" if best else "muted"))
    return line
