"""The last requests: what happened to each, in any order; Enter opens one's timeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import BindingType
from textual.message import Message

from rocmtui.core.request import metrics
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Span, fit
from rocmtui.tui.draw.list_panel import ListPanel


class Column(NamedTuple):
    """A column: its name, its width, the least panel width that shows it, its value and how it is written."""

    name: str
    width: int
    least: int
    value: Callable[[RequestRecord], float | None]
    write: Callable[[float | None], str]
    tag: str
    role: str = "text"


def _number(value: float | None) -> str:
    return text.count(None if value is None else int(value))


COLUMNS = (
    Column("id", 8, 0, lambda r: r.id, _number, "", "muted"),
    Column("ttft", 9, 0, metrics.ttft, text.ms, "ttft", "figure"),
    Column("queue", 9, 78, metrics.queue_wait, text.ms, "queue_wait"),
    Column("prefill", 9, 96, metrics.prefill_ms, text.ms, "prefill_ms"),
    Column("total", 9, 0, metrics.request_latency, text.ms, "request_latency"),
    Column("tok/s", 8, 0, metrics.output_tps_per_request, text.tps, "output_tps_per_request"),
    Column("prompt", 8, 60, lambda r: r.prompt_tokens, _number, "prompt_tokens"),
    Column("cached", 8, 88, lambda r: r.cached_tokens, _number, "cached_tokens", "muted"),
    Column("output", 8, 60, lambda r: r.output_tokens, _number, "output_tokens"),
    Column("slot", 6, 110, lambda r: r.slot, _number, "", "muted"),
)


class RequestsPanel(ListPanel):
    """One row a request. While a row is chosen or the order is not the usual one, the list stands still."""

    key = "6"
    name_in_tabs = "requests"
    HELP_TEXT = (
        "The last 500 requests. ↑ ↓ choose one, Enter opens its timeline; < and > choose the column to "
        "sort by, r turns the order round, End follows the newest again."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "open", "timeline of the request"),
        ("less_than_sign", "sort(-1)", "sort by the column before"),
        ("greater_than_sign", "sort(1)", "sort by the next column"),
        ("r", "reverse", "turn the order round"),
    ]

    class Chosen(Message):
        """The user wants to see one request."""

        def __init__(self, record: RequestRecord) -> None:
            super().__init__()
            self.record = record

    _frozen: tuple[RequestRecord, ...] | None = None
    _selected: int | None = None
    _sort: int | None = None
    """Column the list is sorted by; None is the order in which the requests ended."""
    _descending = False

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """The records, unless the list stands still."""
        return (view.requests,) if self._frozen is None else (self._frozen, len(view.requests))

    def count(self, view: SessionView) -> tuple[int, int]:
        """Positions in the list."""
        return 0, len(self._rows_in_order(view))

    def head(self, view: SessionView, width: int) -> list[Line]:
        """Names of the columns; a click sorts by one."""
        line: Line = []
        for index, column in enumerate(COLUMNS):
            if width >= column.least:
                sorted_by = index == self._sort
                arrow = ("▼" if self._descending else "▲") if sorted_by else ""
                role = "accent" if sorted_by else "muted"
                name = f"{arrow + column.name:>{column.width - 2}}  "
                line.append(Span(name, role, column.tag, f"sort_by({index})"))
        return [[*line, Span("result", "muted")]]

    def entries(self, view: SessionView, first: int, end: int, width: int) -> Sequence[Line]:
        """A row each."""
        rows = self._rows_in_order(view)[first:end]
        return [_row(record, width, chosen=first + at == self._selected) for at, record in enumerate(rows)]

    def action_scroll(self, lines: int) -> None:
        """Move the chosen row; choosing one makes the list stand still, going past its end lets it follow."""
        rows = self._rows_in_order(self.session_view)
        at = (self._selected if self._selected is not None else len(rows)) + lines
        if not rows or (at >= len(rows) and self._sort is None):
            self.action_follow()
            return
        self._frozen = self._frozen or self.session_view.requests
        self._selected = min(max(at, 0), len(rows) - 1)
        self.show_entry(self._selected)

    def action_follow(self) -> None:
        """Newest last again."""
        self._frozen, self._selected = None, None
        self._sort, self._descending = None, False
        super().action_follow()

    def action_sort(self, step: int) -> None:
        """Another column."""
        now = self._sort if self._sort is not None else -1 if step > 0 else 0
        self.action_sort_by((now + step) % len(COLUMNS))

    def action_sort_by(self, column: int) -> None:
        """This column; chosen again, the other way round. Times and sizes begin with the largest."""
        self._descending = not self._descending if column == self._sort else column > 0
        self._sort = column
        self._frozen = self._frozen or self.session_view.requests
        self._selected = 0
        self.show_entry(0)

    def action_reverse(self) -> None:
        """The same column the other way round."""
        self.action_sort_by(self._sort or 0)

    def action_open(self) -> None:
        """Ask for the timeline of the chosen row, of the newest where none is chosen."""
        rows = self._rows_in_order(self.session_view)
        if rows:
            self.post_message(self.Chosen(rows[self._selected if self._selected is not None else -1]))

    def on_click(self, event: events.Click) -> None:
        """Choose the row; a second click opens it."""
        first, end = self._window(self.session_view, self._rows())
        at = first + event.y - 1 - len(self.head(self.session_view, self.size.width - 4))
        if event.style.meta.get("@click") or not first <= at < end:
            return
        self._frozen = self._frozen or self.session_view.requests
        if self._selected == at or event.chain > 1:
            self._selected = at
            self.action_open()
        self._selected = at
        self.redraw()

    def _rows_in_order(self, view: SessionView) -> Sequence[RequestRecord]:
        records = self._frozen if self._frozen is not None else view.requests
        if self._sort is None:
            return records
        value = COLUMNS[self._sort].value
        known = [record for record in records if value(record) is not None]
        unknown = [record for record in records if value(record) is None]
        return [*sorted(known, key=lambda r: value(r) or 0, reverse=self._descending), *unknown]


def _row(record: RequestRecord, width: int, *, chosen: bool) -> Line:
    line: Line = []
    for column in COLUMNS:
        if width >= column.least:
            written = f"{column.write(column.value(record)):>{column.width - 2}}  "
            line.append(Span(written, column.role, column.tag))
    line.append(_result(record))
    if not chosen:
        return line
    return [span._replace(role="selected") for span in fit(line, width)]


def _result(record: RequestRecord) -> Span:
    if record.error is not None:
        return Span(f"✖ {record.error.kind.value}: {clean_line(record.error.message, 200)}", "bad")
    if record.cancelled:
        return Span("◌ cancelled", "muted")
    warmup = " (warm-up)" if record.phase.value == "warmup" else ""
    return Span(f"✓ {clean_line(record.finish_reason or 'done', 20)}{warmup}", "good")
