"""Requests as bars of queue, prefill and rest, one a line, so that one sees who waited for what."""

from __future__ import annotations

from rocmtui.core.request.ttft_split import RecentSplits, TtftSplit
from rocmtui.core.text import forms as text
from rocmtui.core.text.blocks import split_cells
from rocmtui.tui.draw.lines import Line, Part, Span, choose

LABEL, FIGURE = 6, 9
LOOKS = (("░", "queue", "queue_wait"), ("█", "prefill", "prefill_ms"), ("▒", "overhead", "overhead"))
NAMES = ("queue", "prefill", "rest")


def draw_waterfall(recent: RecentSplits, width: int, rows: int) -> list[Line]:
    """The mean, then the newest requests, on one linear scale."""
    if rows < 2 or width < LABEL + FIGURE + 8:
        return []
    mean = recent.mean()
    if mean is None:
        return [[], [Span("no request with the server's timings yet".center(width), "muted")]]
    shown = recent.splits[-(rows - 1) :]
    longest = max(mean.total_ms, *(split.total_ms for _, split in shown))
    bar = width - LABEL - FIGURE
    lines = [_bar("mean", mean, longest, bar, "figure")]
    return lines + [_bar(f"#{record.id}", split, longest, bar, "text") for record, split in shown]


def legend(recent: RecentSplits, room: int) -> Line:
    """The mean of each part with its colour and glyph."""
    mean = recent.mean()
    if mean is None:
        return []
    parts = [
        Part(
            rank,
            [Span(f"{glyph} ", role), Span(f"{name} ", "muted"), Span(text.ms_short(value), "text", tag)],
        )
        for rank, (glyph, role, tag), name, value in zip((1, 0, 2), LOOKS, NAMES, mean.parts, strict=True)
    ]
    return choose(parts, room, " ")


def _bar(label: str, split: TtftSplit, longest: float, width: int, role: str) -> Line:
    length = max(round(width * split.total_ms / longest), 1) if longest > 0 else 0
    cells = split_cells(split.parts, length)
    bars = [Span(glyph * n, part, tag) for (glyph, part, tag), n in zip(LOOKS, cells, strict=True)]
    return [
        Span(f"{label:<{LABEL}}", "muted"),
        *bars,
        Span(" " * (width - sum(cells))),
        Span(f"{text.ms(split.total_ms):>{FIGURE}}", role, "ttft"),
    ]
