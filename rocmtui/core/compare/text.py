"""A comparison as text."""

from __future__ import annotations

from collections.abc import Callable

from rocmtui.core.bench.text.tables import judged
from rocmtui.core.compare.verdicts import Comparison
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.tables import Column, Renderer, Table, terminal_table

_COLUMNS = (
    Column("metric", least=16, wrap=True),
    Column("unit"),
    Column("A", right=True),
    Column("B", right=True),
    Column("B against A", least=20, wrap=True),
)


def comparison_text(
    comparison: Comparison, table: Renderer = terminal_table, prose: Callable[[str], str] = str
) -> str:
    """Who A and B are, the table of verdicts, what differs on purpose, and what to mind."""
    names = {"A": comparison.a, "B": comparison.b}
    rows = [
        (row.title, row.unit, forms.figure(row.a), forms.figure(row.b), judged(row.verdict))
        for row in comparison.rows
    ]
    warnings = [mismatch.text for mismatch in comparison.mismatches]
    warnings += comparison.warnings_by_letter
    parts = [
        "\n".join(
            prose(f"{letter}  {clean_line(name, 200)}") for letter, name in names.items() if name != letter
        ),
        table(Table(_COLUMNS, rows)),
        "\n".join(prose(f"differs: {text}") for text in comparison.differences),
        "\n".join(prose(f"warning: {text}") for text in warnings),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
