"""The card of a result as lines: what was wrong first, then the figures, then where it is kept."""

from __future__ import annotations

import textwrap

from rocmtui.core.report.document import Report
from rocmtui.core.result.card import (
    ResultCard,
    difference,
    energy_words,
    failed_words,
    faults,
    good_words,
    load_words,
    met_words,
    time_words,
)
from rocmtui.core.stats.quantiles import Summary
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Span, fit, width_of

MARKS = {"error": ("✗", "bad"), "warning": ("⚠", "warning")}
MOST_FAULTS = 4
LEAST_COLUMN = 22


def draw_card(card: ResultCard, width: int) -> list[Line]:
    """As many lines as it takes: nothing is cut, what is too long is wrapped."""
    report, scenario = card.report, card.report.scenario
    wrong = faults(card)
    lines = [line for fault in wrong[:MOST_FAULTS] for line in _fault(fault.level, fault.text, width)]
    if len(wrong) > MOST_FAULTS:
        lines.append([Span(f"  and {len(wrong) - MOST_FAULTS} more: v shows the report", "muted")])
    lines += [*([[]] if wrong else []), *_columns(_figures(report), width), []]
    asked = "   ".join(filter(None, (load_words(scenario), *met_words(report))))
    lines += _wrapped(asked, width, "text")
    lines += _wrapped("   ".join((*energy_words(report), *good_words(report))), width, "text")
    if difference(card):
        said = f"against the last run like it ({card.earlier}): {difference(card)}"
        lines += _wrapped(said, width, "accent")
    return [*lines, [], *_wrapped(f"kept in {card.place}", width, "muted")]


def _figures(report: Report) -> list[tuple[Line, Line]]:
    """Each figure in large and what stands below it."""
    output = ", ".join(filter(None, ("output", time_words(report))))
    failed = "bad" if report.requests.failed else "figure"
    return [
        ([Span(f"{forms.tps(report.throughput.output_tps)} tok/s", "figure")], [Span(output, "muted")]),
        _times("TTFT", report.metrics.get("ttft")),
        _times("ITL", report.metrics.get("itl")),
        ([Span(failed_words(report), failed)], [Span("requests failed", "muted")]),
    ]


def _times(name: str, summary: Summary | None) -> tuple[Line, Line]:
    p50, p95, p99 = (forms.ms(getattr(summary, at, None)) for at in ("p50", "p95", "p99"))
    same_unit = p50.partition(" ")[2] == p99.partition(" ")[2]
    large = [Span(f"{name} p95 ", "muted"), Span(p95, "figure")]
    return large, [Span(f"p50 {p50.partition(' ')[0] if same_unit else p50}  p99 {p99}", "muted")]


def _columns(figures: list[tuple[Line, Line]], width: int) -> list[Line]:
    """Side by side as many as there is room for, in rows of two lines."""
    column = max(LEAST_COLUMN, max(width_of(line) for pair in figures for line in pair) + 2)
    across = max(min(width // column, len(figures)), 1)
    lines: list[Line] = []
    for first in range(0, len(figures), across):
        for row in (0, 1):
            group = figures[first : first + across]
            lines.append([span for pair in group for span in fit(pair[row], width // across)])
    return lines


def _fault(level: str, said: str, width: int) -> list[Line]:
    mark, role = MARKS[level]
    words = textwrap.wrap(clean_line(said, 400), max(width - 2, 20)) or [""]
    return [[Span("  " if at else f"{mark} ", role), Span(line, role)] for at, line in enumerate(words)]


def _wrapped(said: str, width: int, role: str) -> list[Line]:
    return [[Span(line, role)] for line in textwrap.wrap(clean_line(said, 1000), max(width, 20))]
