"""Tables as text: aligned for a terminal, or Markdown to paste."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.text.sanitize import clean_line

_MARKS = "\\`*_[]<>|#"
Cells = Sequence[str]


def plain_table(head: Cells, rows: Sequence[Cells], *, right: frozenset[int] = frozenset()) -> str:
    """Aligned columns two spaces apart; column numbers in `right` are right-aligned."""
    every = [[clean_line(cell, 200) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in every) for i in range(len(head))]
    lines = [
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in every
    ]
    return "\n".join(lines)


def markdown_table(head: Cells, rows: Sequence[Cells], *, right: frozenset[int] = frozenset()) -> str:
    """A Markdown table; nothing in a cell is read as markup."""
    rule = ["---:" if i in right else "---" for i in range(len(head))]
    escaped = [[markdown_text(cell) for cell in row] for row in (head, *rows)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (escaped[0], rule, *escaped[1:]))


def markdown_text(text: str, limit: int = 300) -> str:
    """Untrusted text as Markdown shows it literally."""
    shown = clean_line(text, limit)
    for mark in _MARKS:
        shown = shown.replace(mark, "\\" + mark)
    return shown
