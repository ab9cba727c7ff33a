"""Lines of coloured text before they meet a theme: spans name a role, never a colour.

A span may carry the tag of the figure it shows (for explain mode) and the action a click on it runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size


class Span(NamedTuple):
    """Text of one role."""

    text: str
    role: str = "text"
    tag: str = ""
    action: str = ""


Line = list[Span]


class Part(NamedTuple):
    """A piece of a line that may be left out; the lowest `rank` stays longest."""

    rank: int
    spans: Line


def width_of(line: Iterable[Span]) -> int:
    """Cells the line takes."""
    return sum(cell_len(span.text) for span in line)


def pair(rank: int, name: str, value: str, tag: str = "", role: str = "text") -> Part:
    """A figure behind its quiet name: `p50 0.41 s`."""
    return Part(rank, [Span(f"{name} ", "muted"), Span(value, role, tag)])


def counted(rank: int, value: str, noun: str, tag: str = "", role: str = "figure") -> Part:
    """A figure before its quiet noun: `3 waiting`."""
    return Part(rank, [Span(value, role, tag), Span(f" {noun}", "muted")])


def row_strength(row: int, rows: int) -> int:
    """Colour strength of a chart's row: full at the top, calmer toward the axis."""
    return 100 if rows < 2 else round(100 - 45 * row / (rows - 1))


def fit(line: Iterable[Span], width: int) -> Line:
    """The line in exactly `width` cells: cut with an ellipsis or padded with spaces."""
    result: Line = []
    left = width
    for span in line:
        cells = cell_len(span.text)
        if cells > left:
            if left > 0:
                bare = cell_len(span.text.rstrip()) <= left  # only blanks are lost: that is no cut
                shown = set_cell_size(span.text, left) if bare else cut(span.text, left)
                result.append(span._replace(text=shown))
            return result
        result.append(span)
        left -= cells
    if left > 0:
        result.append(Span(" " * left))
    return result


def cut(text: str, width: int) -> str:
    """Text of at most `width` cells, with an ellipsis where some is missing."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + "…" if width > 0 else ""


def cut_front(text: str, width: int) -> str:
    """Text of at most `width` cells, its end kept: of a path the file's name."""
    if cell_len(text) <= width:
        return text
    kept = text
    while cell_len(kept) > max(width - 1, 0):
        kept = kept[1:]
    return f"…{kept}" if width > 0 else ""


def ends(left: Line, right: Line, width: int) -> Line:
    """One span list at the left, one at the right; the left one is cut where both do not fit."""
    room = width - width_of(right)
    if room < 0:
        return fit(right, width)
    return [*fit(left, room), *right]


def choose(parts: Sequence[Part], width: int, gap: str = "  ", role: str = "text") -> Line:
    """As many parts as fit, in their order, the least needed left out first."""
    kept = list(parts)
    while kept and _joined_width(kept, gap) > width:
        kept.pop(max(range(len(kept)), key=lambda index: (kept[index].rank, index)))
    line: Line = []
    for index, part in enumerate(kept):
        line += [Span(gap, role), *part.spans] if index else part.spans
    return line


def tick_row(ticks: Iterable[tuple[int, str]], width: int) -> str:
    """Labels at their cells, moved in at the end; one that would touch the one before is left out."""
    cells, end = [" "] * width, 0
    for at, label in ticks:
        start = min(at, width - len(label))
        if start >= end:
            end = start + len(label) + 1
            cells[start : end - 1] = label
    return "".join(cells)


def runs(text: str, roles: Sequence[str], tag: str = "") -> Line:
    """A row of one-cell characters, each with its role, as few spans as possible."""
    line: Line = []
    start = 0
    for role, group in groupby(roles):
        end = start + sum(1 for _ in group)
        line.append(Span(text[start:end], role, tag))
        start = end
    return line


def frame(
    size: tuple[int, int],
    body: Sequence[Line],
    *,
    title: Line,
    right: Sequence[Span] = (),
    foot: Sequence[Span] = (),
    focused: bool = False,
) -> list[Line]:
    """Body in a quiet round border of `size` (width, height), figures set into its upper and lower edge.

    The upper edge is heavy where the focus is: a colour alone would say it to some only.
    """
    width, height = size
    if width < 4 or height < 2:
        return [fit([], width) for _ in range(height)]
    edge = "border.focus" if focused else "border"
    inner = [*body[: height - 2], *([[]] * (height - 2 - len(body)))]
    return [
        _edge(("╭", "━" if focused else "─", "╮"), title, right, width, edge),
        *([Span("│ ", edge), *fit(line, width - 4), Span(" │", edge)] for line in inner),
        _edge(("╰", "─", "╯"), [], foot, width, edge),
    ]


def _edge(glyphs: tuple[str, str, str], title: Line, right: Sequence[Span], width: int, role: str) -> Line:
    left, dash, end = glyphs
    room = width - 4
    shown_right = right if width_of(right) + 2 <= room else []
    space = room - (width_of(shown_right) + 2 if shown_right else 0)
    shown = fit(title, min(width_of(title), space - 2)) if title and space > 4 else []
    used = width_of(shown) + 2 if shown else 0
    apart = [Span(" ", role)]
    return [
        Span(left + dash, role),
        *([*apart, *shown, *apart] if shown else []),
        Span(dash * (space - used), role),
        *([*apart, *shown_right, *apart] if shown_right else []),
        Span(dash + end, role),
    ]


def _joined_width(parts: Sequence[Part], gap: str) -> int:
    return sum(width_of(part.spans) for part in parts) + cell_len(gap) * (len(parts) - 1)
