"""Two runs side by side: the sentence first, each metric with its interval as a bar, what differs."""

from __future__ import annotations

import textwrap

from rocmtui.core.compare.sentence import sentences
from rocmtui.core.compare.verdicts import Comparison, Row
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.intervals import LEAST_CELLS, interval_bar, interval_scale
from rocmtui.tui.draw.lines import Line, Span, cut, fit
from rocmtui.tui.draw.panel import Drawn
from rocmtui.tui.result.spreads import draw_spreads

NAME = 20
ROLES = {"better": "good", "worse": "bad", "different": "text"}
FIGURE, UNIT, CHANGE = 9, 6, 9
TITLES = (33, 26)
"""Cells of a metric's name: all of it, or what leaves room for the bar."""
LEAST_TITLE = 12


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
        if self.styles.height is None or self.styles.height.value != len(lines):
            self.styles.height = len(lines)
        return [fit(line, width) for line in lines][:height]


def draw_comparison(comparison: Comparison, width: int) -> list[Line]:
    """The sentence, the metrics with their intervals, the distributions, what differs, what to mind.

    Nothing is cut but names of metrics on a narrow screen; the bars go where there is no room for them.
    """
    fixed = 2 * FIGURE + UNIT + CHANGE + 4
    with_bar = (cells for cells in TITLES if width - cells - fixed >= LEAST_CELLS)
    title = next(with_bar, max(min(width - fixed, TITLES[0]), LEAST_TITLE))
    bar = width - title - fixed
    bar = bar - 1 + bar % 2 if bar >= LEAST_CELLS else 0
    lines: list[Line] = [line for said in sentences(comparison) for line in _wrapped(said, width, "strong")]
    head = f"{'':<{title}}{'A':>{FIGURE}}{'B':>{FIGURE}} {'':<{UNIT}}{'change':>{CHANGE}}"
    scale = interval_scale(bar) if bar else ""
    lines += [[], _heading("metrics", width), [Span(head, "muted"), Span(f"  {scale}", "muted")]]
    lines += [_row(row, title, bar) for row in comparison.rows]
    if drawn := draw_spreads(comparison.spreads, width):
        lines += [[], _heading("distributions", width), *drawn]
    lines += [[], _heading("what differs", width)]
    lines += [
        line for name, side in (("A", comparison.a), ("B", comparison.b)) for line in _pair(name, side, width)
    ]
    lines += [line for said in comparison.differences for line in _difference(said, width)]
    return lines + [line for said in comparison.warnings for line in _wrapped(f"⚠ {said}", width, "warning")]


def _heading(name: str, width: int) -> Line:
    return [Span(f"{name} ", "title"), Span("─" * max(width - len(name) - 1, 0), "border")]


def _difference(said: str, width: int) -> list[Line]:
    """`build   b9001 → b9120`."""
    name, _, sides = said.partition(": ")
    return _pair(name, sides.replace(" against ", " → ", 1), width)


def _pair(name: str, said: str, width: int) -> list[Line]:
    room = max(width - NAME, 20)
    first, *rest = textwrap.wrap(clean_line(said, 600), room) or [""]
    head: Line = [Span(f"{cut(clean_line(name, 40), NAME - 1):<{NAME}}", "muted"), Span(first, "text")]
    return [head, *([Span(" " * NAME), Span(line, "text")] for line in rest)]


def _row(row: Row, title: int, bar: int) -> Line:
    role = ROLES.get(row.verdict.kind, "muted")
    change = row.verdict.change
    said = {"same": "same", "undecided": "too few"}.get(row.verdict.kind, "")
    shown = said or (forms.change(change.estimate) if change is not None else "")
    return [
        Span(f"{_name(row.title, title):<{title}}", "text"),
        Span(f"{forms.figure(row.a):>{FIGURE}}{forms.figure(row.b):>{FIGURE}} ", "figure"),
        Span(f"{row.unit:<{UNIT}}", "muted"),
        Span(f"{shown:>{CHANGE}}", role),
        Span(f"  {interval_bar(row.verdict.change, row.better, bar) if bar else ''}", role),
    ]


def _name(title: str, cells: int) -> str:
    """Where it is too long, the end that tells it from its neighbours stays."""
    name, comma, which = clean_line(title, 60).partition(", ")
    return f"{cut(name, cells - 1 - len(comma + which))}{comma}{which}"


def _wrapped(said: str, width: int, role: str) -> list[Line]:
    words = textwrap.wrap(clean_line(said, 600), max(width, 20), subsequent_indent="  ")
    return [[Span(line, role)] for line in words]
