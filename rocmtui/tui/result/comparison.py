"""Two runs side by side: the sentence first, each metric with its interval as a bar, what differs."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len

from rocmtui.core.compare.sentence import sentences
from rocmtui.core.compare.sides import ANSWERS
from rocmtui.core.compare.verdicts import Comparison, Row
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.intervals import LEAST_CELLS, MARKS, interval_bar, interval_scale, marked_change
from rocmtui.tui.draw.lines import Line, Span, cut, fit
from rocmtui.tui.draw.panel import Drawn
from rocmtui.tui.draw.wrapping import wrapped
from rocmtui.tui.result.spreads import draw_spreads

NAME = 20
LEGEND = f" {MARKS['better']} better  {MARKS['worse']} worse"
ROLES = {"better": "good", "worse": "bad", "different": "text"}
FIGURE, UNIT, CHANGE = 9, 6, 11
TITLES = (33, 26)
"""Cells of the metrics' names: as it should be, or what leaves room for the bar."""
LEAST_TITLE, MOST_TITLE = 12, 56
SHORT = {
    "output_tps": "output",
    "output_tps_per_request": "decode",
    "ttft": "TTFT",
    "itl": "ITL",
    "queue_wait": "queue",
    "prefill_tps": "prefill",
    "request_latency": "request",
    "error_rate": "errors",
    ANSWERS: "wrong answers",
    "limit_share": "of the limit",
    "vram_peak": "VRAM peak",
}
"""Names of metrics where there is no room for the whole ones."""


class ComparisonBody(Drawn):
    """As many lines as it takes at this width."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.show(comparison)

    def show(self, comparison: Comparison) -> None:
        """Another one in the same place."""
        self._comparison = comparison
        self.styles.height = len(draw_comparison(comparison, self.size.width or 100))
        self.redraw()

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Sentences, metrics, differences, warnings."""
        lines = draw_comparison(self._comparison, width)
        self.take_rows(len(lines))
        return [fit(line, width) for line in lines][:height]


def draw_comparison(comparison: Comparison, width: int) -> list[Line]:
    """The sentence, the metrics with their intervals, the distributions, what differs, what to mind.

    Nothing is cut: names of metrics are shorter on a narrow screen, or stand on a line of their own; the bars
    go where there is no room for them.
    """
    fixed = 2 * FIGURE + UNIT + CHANGE + 4
    longest = max((len(row.title) + 1 for row in comparison.rows), default=0)
    wanted = (min(max(longest, TITLES[0]), MOST_TITLE), *TITLES)
    with_bar = (cells for cells in wanted if width - cells - fixed >= LEAST_CELLS)
    title = next(with_bar, max(min(width - fixed, wanted[0]), LEAST_TITLE))
    bar = width - title - fixed
    bar = bar - 1 + bar % 2 if bar >= LEAST_CELLS else 0
    lines = _told(sentences(comparison), width, "strong")
    head = f"{'':<{title}}{'A':>{FIGURE}}{'B':>{FIGURE}} {'':<{UNIT}}{'change':>{CHANGE}}"
    scale = interval_scale(bar) if bar else ""
    lines += [[], _heading("metrics", width, LEGEND), [Span(head, "muted"), Span(f"  {scale}", "muted")]]
    lines += [line for row in comparison.rows for line in _row(row, title, bar, short=longest > title)]
    if drawn := draw_spreads(comparison.spreads, width):
        lines += [[], _heading("distributions", width), *drawn]
    lines += [[], _heading("what differs", width)]
    lines += [
        line for name, side in (("A", comparison.a), ("B", comparison.b)) for line in _pair(name, side, width)
    ]
    lines += [line for said in comparison.differences for line in _difference(said, width)]
    return lines + _told((f"⚠ {said}" for said in comparison.warnings_by_letter), width, "warning")


def _told(sentences: Iterable[str], width: int, role: str) -> list[Line]:
    return [line for said in sentences for line in wrapped(said, width, role, hang="  ")]


def _heading(name: str, width: int, legend: str = "") -> Line:
    rule = "─" * max(width - len(name) - len(legend) - 1, 0)
    return [Span(f"{name} ", "title"), Span(rule, "border"), Span(legend, "muted")]


def _difference(said: str, width: int) -> list[Line]:
    """`build   b9001 → b9120`."""
    name, _, sides = said.partition(": ")
    return _pair(name, sides.replace(" against ", " → ", 1), width)


def _pair(name: str, said: str, width: int) -> list[Line]:
    lead = Span(f"{cut(clean_line(name, 40), NAME - 1):<{NAME}}", "muted")
    return wrapped(said, width, lead=lead)


def _row(row: Row, title: int, bar: int, *, short: bool) -> list[Line]:
    """Its name and figures; above them a name that is too long."""
    name = clean_line(_short(row) if short else row.title, 200)
    if cell_len(name) < title:
        return [_figures(row, f"{name:<{title}}", bar)]
    return [[Span(name, "text")], _figures(row, " " * title, bar)]


def _figures(row: Row, name: str, bar: int) -> Line:
    role = ROLES.get(row.verdict.kind, "muted")
    said = {"same": "same", "undecided": "too few"}.get(row.verdict.kind, "")
    shown = said or marked_change(row.verdict, row.unit)
    return [
        Span(name, "text"),
        Span(f"{forms.figure(row.a):>{FIGURE}}{forms.figure(row.b):>{FIGURE}} ", "figure"),
        Span(f"{row.unit:<{UNIT}}", "muted"),
        Span(f"{shown:>{CHANGE}}", role),
        Span(f"  {interval_bar(row.verdict.change, row.better, bar) if bar else ''}", role),
    ]


def _short(row: Row) -> str:
    """`TTFT p50`; the whole name where there is no shorter one."""
    tag, _, quantile = row.key.rpartition("_")
    if row.key in SHORT:
        return SHORT[row.key]
    return f"{SHORT[tag]} {quantile}" if tag in SHORT else row.title
