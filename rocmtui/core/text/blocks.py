"""Bars, areas and scales in block characters: pure text, one character a cell, no colour.

Levels are fractions of the full height or width; below 0 and above 1 they are cut. None is no value and
leaves its cell empty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

RISING = " ▁▂▃▄▅▆▇█"
"""Cell filled from below by 0 to 8 eighths."""
HANGING = " ▔▀█"
"""Cell filled from above: nothing, an eighth, a half, all (fonts have no more)."""
_HANGING_LIMITS = (0.0625, 0.3125, 0.75)
_NICE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def columns(levels: Sequence[float | None], rows: int) -> list[str]:
    """Bars standing on the last row, one cell wide; `rows` strings, top row first.

    A value above zero shows at least one eighth, so that something is never drawn as nothing.
    """
    eighths = [_eighths(level, rows) for level in levels]
    return [
        "".join(RISING[min(max(filled - 8 * (rows - 1 - row), 0), 8)] for filled in eighths)
        for row in range(rows)
    ]


def hanging(levels: Sequence[float | None], rows: int) -> list[str]:
    """Bars hanging from the first row; `rows` strings, top row first."""
    return ["".join(_hanging_cell(level, rows, row) for level in levels) for row in range(rows)]


def sparkline(levels: Sequence[float | None]) -> str:
    """One row of bars; a measured zero still shows its lowest block, a missing value is a space."""
    return "".join(" " if level is None else RISING[max(1, min(8, round(level * 8)))] for level in levels)


def row_line(fraction: float, width: int) -> tuple[str, str]:
    """A heavy line over the given part of `width` cells, and the thin one that is left.

    A fraction above zero shows at least half a cell.
    """
    halves = round(min(max(fraction, 0.0), 1.0) * width * 2)
    if fraction > 0 and width > 0:
        halves = max(halves, 1)
    filled = "━" * (halves // 2) + "╸" * (halves % 2)
    return filled, "─" * (width - len(filled))


def split_cells(parts: Sequence[float], width: int) -> list[int]:
    """Share `width` cells among parts in proportion; every part above zero gets a cell while there are any.

    The result adds up to `width` when some part is above zero.
    """
    total = sum(parts)
    if total <= 0 or width <= 0:
        return [0] * len(parts)
    exact = [part / total * width for part in parts]
    cells = [math.floor(share) for share in exact]
    for index in sorted(
        range(len(parts)), key=lambda i: (cells[i] > 0 or parts[i] <= 0, cells[i] - exact[i])
    ):
        if sum(cells) >= width:
            break
        cells[index] += parts[index] > 0
    largest = max(range(len(parts)), key=lambda index: parts[index])
    cells[largest] += max(0, width - sum(cells))
    return cells


def nice_ceiling(value: float) -> float:
    """The smallest round number not below `value`: the top of a scale."""
    if value <= 0:
        return 1.0
    magnitude = 10.0 ** math.floor(math.log10(value))
    return next(
        (step * magnitude for step in _NICE if step * magnitude >= value * (1 - 1e-9)), 10 * magnitude
    )


def linear_ticks(top: float, most: int) -> list[float]:
    """Round values (1, 2 or 5 of a power of ten apart) above 0 up to `top`, at most so many of them."""
    if top <= 0 or most < 1:
        return []
    magnitude = 10.0 ** math.floor(math.log10(top / most))
    step = next(step for step in (1, 2, 5, 10) if step * magnitude * (most + 1) > top) * magnitude
    return [step * at for at in range(1, int(top / step * (1 + 1e-9)) + 1)]


def log_edges(low: float, high: float, bins: int) -> list[float]:
    """`bins` + 1 edges from `low` to `high` (both > 0), each the same factor above the last."""
    step = math.log(high / low) / bins
    return [low * math.exp(step * index) for index in range(bins + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Round values (1, 2, 5 in each decade) within a log scale; fewer where the range is wide."""
    decades = math.log10(high / low)
    steps = (1, 2, 5) if decades < 4.5 else (1,)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    ticks = [step * 10.0**power for power in range(first, last + 1) for step in steps]
    return [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]


def log_cell(value: float, low: float, high: float, width: int) -> int:
    """The cell of `value` on a log scale drawn over `width` cells; outliers go to the ends."""
    if value <= 0:
        return 0
    return min(max(int(math.log(value / low) / math.log(high / low) * width), 0), width - 1)


def _eighths(level: float | None, rows: int) -> int:
    if level is None or level <= 0:
        return 0
    return max(1, round(min(level, 1.0) * rows * 8))


def _hanging_cell(level: float | None, rows: int, row: int) -> str:
    if level is None or level <= 0:
        return " "
    depth = min(level, 1.0) * rows - row
    if row == 0:
        depth = max(depth, 0.125)
    return HANGING[sum(depth > limit for limit in _HANGING_LIMITS)]
