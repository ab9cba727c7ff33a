"""Tables of a Markdown page where it is too narrow for them: each row as a line of its own, nothing cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

_CELLS = re.compile(r"(?<!\\)\|")
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
    """Cells the table takes with no word broken."""
    columns = zip(*(row for row in rows if len(row) == len(rows[0])), strict=True)
    longest = (max((len(word) for cell in column for word in cell.split()), default=1) for column in columns)
    return 1 + sum(cells + CELL_PADDING for cells in longest)


def _as_list(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    """`- **workers 4**: tok/s 171, p95 ms 418`; what a row is called needs no heading before it."""
    for first, *rest in rows:
        name = f"{head[0]} {first}" if first[:1].isdecimal() else first
        told = ", ".join(
            " ".join(filter(None, pair)) for pair in zip(head[1:], rest, strict=False) if pair[1]
        )
        yield f"- **{name}**: {told}" if told else f"- **{name}**"
