"""A comparison as text."""

from __future__ import annotations

from rocmtui.core.compare.verdicts import Comparison
from rocmtui.core.report.text import number
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.tables import plain_table


def comparison_text(comparison: Comparison) -> str:
    """Who A and B are, the table of verdicts, what differs on purpose, and what to mind."""
    names = {"A": comparison.a, "B": comparison.b}
    rows = [(row.title, row.unit, number(row.a), number(row.b), row.verdict.text) for row in comparison.rows]
    warnings = [mismatch.text for mismatch in comparison.mismatches]
    warnings += [_by_letter(text, names) for text in comparison.warnings]
    parts = [
        "\n".join(f"{letter}  {clean_line(name, 200)}" for letter, name in names.items() if name != letter),
        plain_table(("metric", "unit", "A", "B", "B against A"), rows, right=frozenset({2, 3})),
        "\n".join(f"differs: {text}" for text in comparison.differences),
        "\n".join(f"warning: {text}" for text in warnings),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _by_letter(warning: str, names: dict[str, str]) -> str:
    """A side's own warning begins with its name, which stands above already."""
    for letter, name in names.items():
        if warning.startswith(f"{name}: "):
            return letter + warning[len(name) :]
    return warning
