"""The card of a result as lines: what was wrong first, then the figures, then where it is kept."""

from __future__ import annotations

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
from rocmtui.tui.draw.lines import Line, Span, fit, width_of
from rocmtui.tui.draw.wrapping import wrapped, wrapped_parts

MARKS = {"error": ("✗", "bad"), "warning": ("⚠", "warning")}
MOST_FAULTS = 4
LEAST_COLUMN = 22


def draw_card(card: ResultCard, width: int, height: int | None = None) -> list[Line]:
    """As many lines as it takes: what is too long is wrapped.

    Where `height` is too low for all of it, faults give way down to the first, so that the figures are seen.
    """
    below = _below(card, width)
    for most in range(MOST_FAULTS, 0, -1):
        lines = [*_faults(card, width, most), *below]
        if height is None or len(lines) <= height:
            break
    return lines


def _faults(card: ResultCard, width: int, most: int) -> list[Line]:
    """The worst first, at most so many, and how many are left out."""
    wrong = faults(card)
    lines: list[Line] = []
    for fault in wrong[:most]:
        mark, role = MARKS[fault.level]
        lines += wrapped(fault.text, width, role, lead=Span(f"{mark} ", role))
    if len(wrong) > most:
        lines.append([Span(f"  and {len(wrong) - most} more: v shows the report", "muted")])
    return [*lines, []] if wrong else []


def _below(card: ResultCard, width: int) -> list[Line]:
    """The figures, what was asked, what it is held against, where it is kept."""
    report, scenario = card.report, card.report.scenario
    lines = [*_columns(_figures(report), width), []]
    lines += wrapped_parts(filter(None, (load_words(scenario), *met_words(report))), width)
    lines += wrapped_parts((*energy_words(report), *good_words(report)), width)
    if difference(card):
        said = f"against the last run like it ({card.earlier}): {difference(card)}"
        lines += wrapped(said, width, "accent")
    return [*lines, [], *wrapped(f"kept in {card.place}", width, "muted")]


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
    """Side by side as many as there is room for, in rows of two lines that hold as many each."""
    column = max(LEAST_COLUMN, max(width_of(line) for pair in figures for line in pair) + 2)
    down = -(-len(figures) // max(min(width // column, len(figures)), 1))
    across = -(-len(figures) // down)
    lines: list[Line] = []
    for first in range(0, len(figures), across):
        for row in (0, 1):
            group = figures[first : first + across]
            lines.append([span for pair in group for span in fit(pair[row], width // across)])
    return lines
