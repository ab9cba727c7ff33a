"""A request as one bar on the common scale of a list: queue, prefill, decode."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.request import values
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.request.ttft_split import split_of
from rocmtui.core.text import forms as text
from rocmtui.core.text.blocks import linear_ticks, split_cells
from rocmtui.tui.draw.lines import Line, Span

PARTS = (("░", "queue", "queue"), ("█", "prefill", "prefill"), ("▒", "decode", "decode"))
"""Glyph, role and name of each part of a bar."""

TICK_CELLS = 12
"""Cells of the scale for each of its times, at least."""


def longest(records: Sequence[RequestRecord]) -> float:
    """Milliseconds the longest of them took; the scale of their bars."""
    return max((values.request_latency(record) or 0.0 for record in records), default=0.0)


def scale_of(most_ms: float, cells: int) -> Line:
    """The scale above the bars."""
    if not cells:
        return []
    line = "0"
    for tick in linear_ticks(most_ms, max(cells // TICK_CELLS, 2)):
        label = f" {text.ms_tick(tick)}{'ms' if tick < 1000 else ''}"
        line += f"{label:─>{int(tick / most_ms * cells) - len(line)}}"
    shown = f"{line:─<{cells}}" if most_ms else line
    return [Span(f"{shown:<{cells}}  "[: cells + 2], "muted")]


def bar_of(record: RequestRecord, most_ms: float, cells: int) -> Line:
    """Its parts in proportion; what is not known in parts is one thin line."""
    if not cells:
        return []
    total = values.request_latency(record) or 0.0
    length = max(round(total / most_ms * cells), 1) if most_ms and total else 0
    split, rest = split_of(record), Span(" " * (cells - length + 2))
    if split is None:
        return [Span("─" * length, "muted"), rest]
    parts = (split.queue_ms, split.prefill_ms, max(total - split.queue_ms - split.prefill_ms, 0.0))
    drawn = zip(PARTS, split_cells(parts, length), strict=True)
    return [*(Span(glyph * n, role) for (glyph, role, _), n in drawn if n), rest]
