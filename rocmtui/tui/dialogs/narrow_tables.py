"""Tables of a Markdown page where it is too narrow for them: each row as a line of its own, nothing cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

_CELLS = re.compile(r"(?<!\\)\|")
WHOLE_CELLS = 16
"""What is no longer than `250 (248 to 252)` stays on one line."""
CELL_PADDING = 3
"""Cells that a column takes beside its text."""


def with_narrow_tables(text: str, width: int) -> str:
    """The page with each table that needs more than `width` cells as a list of its rows."""
    lines: list[str] = []
    for is_table, group in groupby(text.splitlines(), key=lambda line: line.startswith("|")):
        block = list(group)
        rows = [_cells(line) for line in block] if is_table else []
        narrow = len(rows) > 2 and _needed(rows) > width
        lines += _as_list(rows[0], rows[2:]) if narrow else block
    return "\n".join(lines) + "\n"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELLS.split(line.strip())[1:-1]]


def _needed(rows: list[list[str]]) -> int:
    """Cells the table takes with no word broken, and no figure with its interval over several lines."""
    columns = zip(*(row for row in rows if len(row) == len(rows[0])), strict=True)
    return 1 + sum(
        max(_longest_word(head), *(max(_longest_word(cell), min(len(cell), WHOLE_CELLS)) for cell in cells))
        + CELL_PADDING
        for head, _, *cells in columns
    )


def _longest_word(cell: str) -> int:
    return max(map(len, cell.split()), default=1)


def _as_list(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    """`- **workers 4**: tok/s 171, p95 ms 418`; what a row is called needs no heading before it.

    A unit that is its second column stands with the name: `- **ITL, ms**: p50 8.0`. A row without a name goes
    on with the one before.
    """
    has_unit = head[1:2] == ["unit"]
    for first, *rest in rows:
        unit, shown = (rest[:1], 1) if has_unit else ([], 0)
        cells = zip(head[1 + shown :], rest[shown:], strict=False)
        told = ", ".join(" ".join(filter(None, cell)) for cell in cells if cell[1])
        named = f"{head[0]} {first}" if first[:1].isdecimal() else first
        name = ", ".join(filter(None, (named, *unit)))
        lead = f"- **{name}**" if name else "  -"
        yield f"{lead}{':' if name and told else ''} {told}".rstrip()
