"""A comparison in a sentence or two: what a reader wants to know before any table."""

from __future__ import annotations

from rocmtui.core.compare.verdicts import Comparison, Row
from rocmtui.core.text import forms

FIRST = ("output_tps", "output_tps_per_request_p50", "prefill_tps_p50")
"""Which figure is the first to be named, where it was measured."""


def sentences(comparison: Comparison) -> list[str]:
    """Whether B is faster, and what got better or worse beyond doubt besides."""
    rows = {row.key: row for row in comparison.rows}
    first = next((rows[key] for key in FIRST if key in rows), None)
    said = [_of(first)] if first is not None else []
    for kind, verb in (("worse", "Worse"), ("better", "Better")):
        others = [row for row in comparison.rows if row.verdict.kind == kind and row is not first]
        if others:
            told = "; ".join(f"{row.title} {row.verdict.text}" for row in others[:3])
            more = f"; and {len(others) - 3} more" if len(others) > 3 else ""
            said.append(f"{verb} beyond doubt: {told}{more}.")
        elif kind == "worse":
            said.append("No other metric is worse beyond doubt.")
    return [*said, *(f"Not alike: {mismatch.text}." for mismatch in comparison.mismatches)]


def _of(row: Row) -> str:
    figures = f"{forms.figure(row.b)} against {forms.figure(row.a)} {row.unit}"
    lead = {"better": "B is faster", "worse": "B is slower", "same": "B is as fast"}.get(row.verdict.kind)
    return f"{lead or 'It cannot be told which is faster'}: {row.title} {figures}, {row.verdict.text}."
