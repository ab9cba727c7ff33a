"""A histogram on a log scale as lines: bars (stacked where a split is known), a ghost, marks, a scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from rocmtui.core.stats.histogram import Histogram
from rocmtui.core.text import forms as text
from rocmtui.core.text.blocks import RISING, columns, log_cell, log_edges, log_ticks
from rocmtui.tui.draw.lines import Line, Span, row_strength, runs, tick_row

QUANTILES = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
SPLIT_ROLES = ("queue", "prefill", "overhead")
TEXTURES = {"queue": "░", "overhead": "▒"}
"""Full cells of the parts that are not solid, so that colour is not needed to tell them apart."""
GHOST, GHOST_END = "╎", "╷"
MOST_BINS = 72
"""More would show the noise of single requests."""
Value = TypeVar("Value")
Shares = Sequence[tuple[float, ...] | None]


def draw_histogram(
    values: Histogram,
    ghost: Histogram,
    metric: str,
    width: int,
    rows: int,
    split: Callable[[Sequence[float]], Shares] | None = None,
) -> list[Line]:
    """Bars, an axis with percentile marks and its scale, in `rows` lines.

    `split` says for the edges of the bins which share of each bar is queue, prefill and rest.
    """
    bars = rows - 2
    if bars < 1 or width < 12:
        return []
    if not values.count and not ghost.count:
        return [[]] * (rows // 2 - 1) + [[Span("no measured request has ended".center(width), "muted")]]
    low, high = scale_of(values, ghost)
    per_bin = -(-width // MOST_BINS)
    edges = log_edges(low, high, width // per_bin)
    levels = _widened(_levels(values.binned(edges), bars), width, per_bin)
    shares = _widened(split(edges), width, per_bin) if split else None
    body = _bars(levels, shares, metric, bars)
    if ghost.count:
        body = _with_ghost(body, _widened(_levels(ghost.binned(edges), bars), width, per_bin), levels, bars)
    return [*body, _mark_row(values, metric, low, high, width), _tick_row(low, high, width)]


def scale_of(values: Histogram, ghost: Histogram) -> tuple[float, float]:
    """Ends of the axis: round values (1, 2, 5) around all that was measured, at least 1 to 5."""
    lows = [h.quantile(0.001) for h in (values, ghost) if h.count]
    highs = [h.max for h in (values, ghost) if h.count]
    low = min((v for v in lows if v is not None and v > 0), default=1.0)
    high = max((v for v in highs if v is not None and v > 0), default=1000.0)
    below = log_ticks(low / 100, low)
    above = log_ticks(high, high * 100)
    first, last = below.pop(), above.pop(0)
    while last / first < 5:
        first, last = below.pop(), above.pop(0)
    return first, last


def _widened(bins: Sequence[Value], width: int, per_bin: int) -> list[Value]:
    """Each bin over the cells it takes; a rest at the end belongs to the last bin."""
    return [bins[min(cell // per_bin, len(bins) - 1)] for cell in range(width)]


def _levels(counts: list[int], rows: int) -> list[int]:
    """Heights in eighths of a cell; any count shows."""
    top = max(max(counts), 1)
    return [max(1, round(count / top * rows * 8)) if count else 0 for count in counts]


def _bars(levels: list[int], shares: Shares | None, metric: str, rows: int) -> list[Line]:
    if shares is None:
        drawn = columns([level / (rows * 8) for level in levels], rows)
        return [[Span(cells, f"decode@{row_strength(row, rows)}", metric)] for row, cells in enumerate(drawn)]
    cells = [_stack(level, share, rows) for level, share in zip(levels, shares, strict=True)]
    return [
        runs("".join(stack[row][0] for stack in cells), [stack[row][1] for stack in cells], metric)
        for row in range(rows)
    ]


def _stack(level: int, share: tuple[float, ...] | None, rows: int) -> list[tuple[str, str]]:
    """One bar, top cell first: the glyph and role of each cell, which is that of its widest part."""
    if share is None:
        bounds, roles = [level], ["decode"]
    else:
        bounds = [round(level * sum(share[: part + 1])) for part in range(3)]
        roles = list(SPLIT_ROLES)
    return [_stacked_cell(level, bounds, roles, 8 * (rows - 1 - row)) for row in range(rows)]


def _stacked_cell(level: int, bounds: list[int], roles: list[str], bottom: int) -> tuple[str, str]:
    if level <= bottom:
        return " ", "text"
    top = min(level, bottom + 8)
    role = roles[_widest(bounds, bottom, top)]
    return (TEXTURES.get(role, "█") if top == bottom + 8 else RISING[top - bottom]), role


def _widest(bounds: list[int], bottom: int, top: int) -> int:
    """The part that fills most of the eighths from `bottom` to `top`."""
    filled = []
    start = bottom
    for bound in bounds:
        end = min(max(bound, start), top)
        filled.append(end - start)
        start = end
    return filled.index(max(filled))


def _with_ghost(body: list[Line], ghost: list[int], levels: list[int], rows: int) -> list[Line]:
    """Put the ghost's shape wherever the live bars leave room."""
    result: list[Line] = []
    for row, line in enumerate(body):
        bottom = 8 * (rows - 1 - row)
        cells = [(character, span.role, span.tag) for span in line for character in span.text]
        for at, (behind, level) in enumerate(zip(ghost, levels, strict=True)):
            glyph, role, tag = cells[at]
            if level <= bottom and behind > bottom:
                cells[at] = (GHOST if behind - bottom >= 4 else GHOST_END), "ghost", tag
            elif level < bottom + 8 <= behind and "/" not in role:
                name, _, strength = role.partition("@")
                cells[at] = glyph, f"{name}/ghost" + (f"@{strength}" if strength else ""), tag
        tag = cells[0][2] if cells else ""
        result.append(runs("".join(cell[0] for cell in cells), [cell[1] for cell in cells], tag))
    return result


def _mark_row(values: Histogram, metric: str, low: float, high: float, width: int) -> Line:
    cells = ["─"] * width
    roles = ["border"] * width
    known = [(values.quantile(quantile), name) for quantile, name in QUANTILES]
    marks: dict[int, str] = {}
    for value, name in known:
        if value is not None:
            at = log_cell(value, low, high, width)
            marks[at] = f"{marks[at].partition('–')[0]}–{name}" if at in marks else name
    for at in marks:
        cells[at], roles[at] = "▲", "accent"
    for at, name in marks.items():
        for start in (at + 1, at - len(name)):
            label = slice(start, start + len(name))
            if start >= 0 and cells[label] == ["─"] * len(name):
                cells[label], roles[label] = list(name), ["muted"] * len(name)
                break
    return runs("".join(cells), roles, metric)


def _tick_row(low: float, high: float, width: int) -> Line:
    ticks = ((log_cell(tick, low, high, width), text.ms_tick(tick)) for tick in log_ticks(low, high))
    return [Span(tick_row(ticks, width), "muted")]
