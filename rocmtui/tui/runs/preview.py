"""What a run, bench or sweep came to, beside the list of them."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.runs.entry import RunEntry
from rocmtui.core.runs.ports import RunShelf
from rocmtui.core.runs.preview import Preview
from rocmtui.core.session.view import SessionView
from rocmtui.core.stats.histogram import Histogram
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import RocmtuiError
from rocmtui.tui.dashboard.chart.histogram import draw_histogram
from rocmtui.tui.draw.lines import Line, Span, cut, fit
from rocmtui.tui.draw.panel import Drawn
from rocmtui.tui.draw.wrapping import wrapped

LEAST_CHART, MOST_CHART = 5, 12
CELL = 9
LEAST_WITH_GAPS = 8


class PreviewPanel(Drawn):
    """Sentences, warnings, percentiles, audit, and how TTFT was spread where there is room."""

    def __init__(self, shelf: RunShelf, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._shelf = shelf
        self._wanted: RunEntry | None = None
        self._reading = False
        self.preview: Preview | None = None

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """Nothing of the session."""
        return ()

    def follow(self, entry: RunEntry | None) -> None:
        """Show this one: one is read at a time, however fast the cursor moves."""
        self._wanted = entry
        if not self._reading:
            self._reading = True
            self.run_worker(self._read(), group="preview")

    async def _read(self) -> None:
        try:
            while (entry := self._wanted) is not None and (
                self.preview is None or self.preview.path != entry.path
            ):
                self.preview = await self._preview_of(entry)
                self.redraw()
            if entry is None:
                self.preview = None
                self.redraw()
        finally:
            self._reading = False

    async def _preview_of(self, entry: RunEntry) -> Preview:
        if entry.problem:
            return Preview(path=entry.path, told=(f"{forms.BAD} {entry.problem}",))
        try:
            return await self._shelf.preview(entry.path)
        except RocmtuiError as error:
            return Preview(path=entry.path, told=tuple(filter(None, (error.message, error.remedy))))

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """As much of it as fits, in order of importance."""
        lines = [] if self.preview is None else draw_preview(self.preview, width, height)
        return [fit(line, width) for line in [*lines, *[[]] * height][:height]]


def draw_preview(preview: Preview, width: int, height: int) -> list[Line]:
    """Its lines; the chart takes what the figures leave.

    Where warnings would push the figures out of sight they are only counted.
    """
    lines = [line for said in preview.told for line in wrapped(said, width, "strong")]
    minded = [wrapped(said, width, "warning", lead=Span("⚠ ", "warning")) for said in preview.warnings]
    warnings = [line for warning in minded for line in warning]
    gap: list[Line] = [[]] if height >= LEAST_WITH_GAPS else []
    table = [*gap, *_table(preview.head, preview.rows, width)] if preview.rows else []
    if len(warnings) > 1 and len(lines) + len(warnings) + len(table) > height:
        warnings = [[Span(f"⚠ {forms.plural(len(minded), 'warning')}: v tells", "warning")]]
    lines += [*warnings, *table]
    audit = [_pair(name, value, width) for name, value in preview.audit]
    chart = min(height - len(lines) - len(audit) - 4, MOST_CHART)
    if preview.spread.count and chart >= LEAST_CHART:
        title: Line = [
            Span("TTFT", "title"),
            Span(f"  {forms.count(preview.spread.count)} requests", "muted"),
        ]
        lines += [[], title, *draw_histogram(preview.spread, Histogram(), "ttft", width, chart)]
    return [*lines, [], *audit] if audit else lines


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
        lines.append([Span(f"{cut(clean_line(name, 60), first - 1):<{first}}"), Span(text, "figure")])
    return lines


def _pair(name: str, value: str, width: int) -> Line:
    room = max(width - len(value) - 1, 8)
    return [Span(f"{cut(name, room - 1):<{room}}", "muted"), Span(f" {clean_line(value, 60)}", "text")]
