"""A comparison as text."""

from __future__ import annotations

from rocmtui.core.compare import Comparison
from rocmtui.core.report_text import number
from rocmtui.core.tables import plain_table


def comparison_text(comparison: Comparison) -> str:
    """The table of verdicts, what differs on purpose, and what to mind."""
    rows = [(row.title, row.unit, number(row.a), number(row.b), row.verdict.text) for row in comparison.rows]
    head = ("metric", "unit", comparison.a, comparison.b, f"{comparison.b} against {comparison.a}")
    parts = [
        plain_table(head, rows, right=frozenset({2, 3})),
        "\n".join(f"differs: {text}" for text in comparison.differences),
        "\n".join(
            [f"warning: {mismatch.text}" for mismatch in comparison.mismatches]
            + [f"warning: {text}" for text in comparison.warnings]
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
