"""The distributions of two runs, one above the other on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rocmtui.core.compare.spread import Spread
from rocmtui.core.text import forms
from rocmtui.core.text.blocks import columns, log_cell, log_ticks
from rocmtui.tui.draw.lines import Line, Span, tick_row

NAME_CELLS, ROWS, GAP = 3, 2, 4
LEAST = 30
"""Cells a distribution needs; two stand side by side where there is room."""


def draw_spreads(spreads: Sequence[Spread], width: int) -> list[Line]:
    """B above A, then the scale; side by side where the width allows."""
    if not spreads:
        return []
    beside = len(spreads) if width >= len(spreads) * (LEAST + GAP) else 1
    cells = (width - (beside - 1) * GAP) // beside
    drawn = [_one(spread, cells) for spread in spreads]
    if beside == 1:
        return [line for lines in drawn for line in lines]
    gap = Span(" " * GAP)
    return [
        [span for index, line in enumerate(row) for span in ((gap, *line) if index else line)]
        for row in zip(*drawn, strict=True)
    ]


def _one(spread: Spread, width: int) -> list[Line]:
    room = width - NAME_CELLS
    title = f"{spread.title}, {spread.unit}"
    lines: list[Line] = [[Span(f"{title:<{width}}", "muted")]]
    for name, counts, role in (("B", spread.b, "decode"), ("A", spread.a, "ghost")):
        cells = _in_cells(counts, room)
        drawn = columns([count / (max(cells) or 1) for count in cells], ROWS)
        for row, text in enumerate(drawn):
            shown = name if row == ROWS - 1 else ""
            lines.append([Span(f"{shown:<{NAME_CELLS}}", "title"), Span(text, role)])
    return [*lines, [Span(" " * NAME_CELLS), Span(_scale(spread, room), "muted")]]


def _in_cells(counts: Sequence[int], room: int) -> list[int]:
    """The bins in so many cells: added up where several share a cell, so that none is lost."""
    edges = [index * len(counts) // room for index in range(room + 1)]
    return [sum(counts[low : max(high, low + 1)]) for low, high in pairwise(edges)]


def _scale(spread: Spread, room: int) -> str:
    ticks = log_ticks(spread.low, spread.high)
    shown = ticks if len(ticks) > 1 else (spread.low, spread.high)
    return tick_row(((log_cell(t, spread.low, spread.high, room), forms.figure(t)) for t in shown), room)
