"""Amounts as cells: a share of a whole, parts side by side with their legend, the last minute in a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rocmtui.core.text.blocks import row_line, sparkline, split_cells
from rocmtui.tui.draw.lines import Line, Span, width_of


def meter(share: float, width: int, role: str, tag: str) -> Line:
    """How much of a whole."""
    filled, rest = row_line(share, width)
    return [Span(filled, role, tag), Span(rest, "border", tag)]


def stack(looks: Iterable[tuple[str, str]], parts: Sequence[float], width: int, tag: str = "") -> Line:
    """Parts side by side in proportion, each by its glyph and role."""
    drawn = zip(looks, split_cells(parts, width), strict=True)
    return [Span(glyph * cells, role, tag) for (glyph, role), cells in drawn if cells]


def legend(items: Iterable[tuple[str, str, str, str]], width: int, indent: int) -> list[Line]:
    """Glyph, role, name and amount of each part, over as many lines as it takes."""
    lines: list[Line] = [[Span(" " * indent)]]
    for glyph, role, name, amount in items:
        item = [Span(f"{glyph} ", role), Span(f"{name} ", "muted"), Span(f"{amount}  ")]
        if width_of(lines[-1]) + width_of(item) - 2 > width and len(lines[-1]) > 1:
            lines.append([Span(" " * indent)])
        lines[-1] += item
    return lines


def spark(values: Sequence[float | None], top: float | None, role: str) -> Line:
    """Against `top`, or the highest of them; nothing where none is known."""
    known = [value for value in values if value is not None]
    most = top or max(known, default=0.0) or 1.0
    levels = [None if value is None else min(value / most, 1.0) for value in values]
    return [Span(sparkline(levels), role)] if known else []
