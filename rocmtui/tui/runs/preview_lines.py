"""A preview as lines: the answer and the first figures are seen however low it is."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.runs.preview import Preview
from rocmtui.core.stats.histogram import Histogram
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dashboard.chart.histogram import draw_histogram
from rocmtui.tui.draw.lines import Line, Span, cut
from rocmtui.tui.draw.wrapping import wrapped, wrapped_words

LEAST_CHART, MOST_CHART = 5, 12
CELL = 9
LEAST_WITH_GAPS = 8
LEAST_TABLE = 3
"""Lines of the table that are seen at once: its head and two rows."""


def draw_preview(preview: Preview, width: int, height: int) -> list[Line]:
    """All its lines; the first `height` are seen before one scrolls, and the chart takes what they leave.

    Where not all of it is seen at once the figures come before the warnings, and before sentences that would
    push them out of sight.
    """
    told = [wrapped(said, width, "strong") for said in preview.told]
    warnings = [
        line
        for said in preview.warnings
        for line in wrapped(said, width, "warning", lead=Span("⚠ ", "warning"))
    ]
    gap: list[Line] = [[]] if height >= LEAST_WITH_GAPS else []
    table = [*gap, *_table(preview.head, preview.rows, width)] if preview.rows else []
    if _count(told) + len(warnings) + len(table) <= height:
        lines = [*_all(told), *warnings, *table]
    else:
        first = _sentences_before(told, height - min(len(table), LEAST_TABLE + len(gap)))
        lines = [*_all(told[:first]), *table, *gap, *_all(told[first:]), *warnings]
    audit = [line for name, value in preview.audit for line in _pair(name, value, width)]
    chart = min(height - len(lines) - len(audit) - 4, MOST_CHART)
    if preview.spread.count and chart >= LEAST_CHART:
        title: Line = [
            Span("TTFT", "title"),
            Span(f"  {forms.count(preview.spread.count)} requests", "muted"),
        ]
        lines += [[], title, *draw_histogram(preview.spread, Histogram(), "ttft", width, chart)]
    return [*lines, [], *audit] if audit else lines


def _all(sentences: Sequence[list[Line]]) -> list[Line]:
    return [line for lines in sentences for line in lines]


def _count(sentences: Sequence[list[Line]]) -> int:
    return sum(map(len, sentences))


def _sentences_before(told: Sequence[list[Line]], room: int) -> int:
    """How many sentences have room before the table: at least the first, which is the answer."""
    first = len(told)
    while first > 1 and _count(told[:first]) > room:
        first -= 1
    return first


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[Line]:
    columns = max(len(head) - 1, 1)
    cells = max(CELL, min((width - 20) // columns, 14))
    shown = min(columns, max((width - 16) // cells, 1))
    first = width - shown * cells
    titles = "".join(f"{cut(clean_line(title, 40), cells - 1):>{cells}}" for title in head[1 : shown + 1])
    lines: list[Line] = [[Span(f"{clean_line(head[0], 20):<{first}}{titles}", "muted")]]
    for name, *figures in rows:
        if not figures:
            lines += wrapped(name, width, "warning", hang="  ")
            continue
        text = "".join(f"{figure:>{cells}}" for figure in figures[:shown])
        lines += _named(clean_line(name, 60), Span(text, "figure"), width)
    if shown < columns:
        lines.append([Span(f"{forms.plural(columns - shown, 'more column')}: v tells", "muted")])
    return lines


def _pair(name: str, value: str, width: int) -> list[Line]:
    return _named(name, Span(clean_line(value, 60), "text"), width, "muted")


def _named(name: str, value: Span, width: int, role: str = "text") -> list[Line]:
    """What it is called and at the right its value, below the name where that is too long to stand beside."""
    shown = value.text.lstrip()
    names = wrapped_words(name, width, hang="  ") or [""]
    *above, last = names if len(names[-1]) + 1 + len(shown) <= width else [*names, ""]
    beside = [Span(f"{last:<{max(width - len(shown), 0)}}", role), value._replace(text=shown)]
    return [*([Span(line, role)] for line in above), beside]
