"""The last requests: what happened to each, in any order; Enter opens one's timeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import BindingType
from textual.message import Message

from rocmtui.core.request import values
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Part, Span, choose, fit
from rocmtui.tui.draw.list_panel import ListPanel
from rocmtui.tui.requests.bars import PARTS, bar_of, longest, scale_of


class Column(NamedTuple):
    """A column: its name, its width, the least panel width that shows it, its value and how it is written."""

    name: str
    width: int
    least: int
    value: Callable[[RequestRecord], float | None]
    write: Callable[[float | None], str]
    tag: str
    role: str = "text"


def _whole(value: float | None) -> str:
    return text.count(None if value is None else int(value))


def _in_out(record: RequestRecord) -> str:
    asked = text.count(record.prompt_tokens), text.count(record.output_tokens)
    return " → ".join(asked)


COLUMNS = (
    Column("id", 7, 0, lambda r: r.id, _whole, "", "muted"),
    Column("ttft", 9, 0, values.ttft, text.ms, "ttft", "figure"),
    Column("queue", 9, 130, values.queue_wait, text.ms, "queue_wait"),
    Column("prefill", 9, 140, values.prefill_ms, text.ms, "prefill_ms"),
    Column("itl", 9, 150, values.itl, text.ms, "itl"),
    Column("total", 9, 100, values.request_latency, text.ms, "request_latency"),
    Column("tok/s", 8, 0, values.output_tps_per_request, text.tps, "output_tps_per_request"),
    Column("cached", 8, 120, lambda r: r.cached_tokens, _whole, "cached_tokens", "muted"),
    Column("slot", 6, 160, lambda r: r.slot, _whole, "", "muted"),
)
TOKENS_CELLS, LEAST_TOKENS = 14, 66
"""Cells of prompt and answer's lengths, and the least width that shows them."""
RESULT_CELLS = ((160, 32), (96, 23), (0, 12))
"""Least widths, and cells of how a request ended: the error in words, its whole name, or its beginning."""
LEAST_BAR = 12
LOOKS = tuple(enumerate(PARTS))
NONE_YET = "no request of ours has ended yet"


def bar_cells(width: int) -> int:
    """Cells of the waterfall between the first column and the figures; 0 where there is no room for one."""
    taken = sum(column.width for column in COLUMNS if width >= column.least)
    taken += next(cells for least, cells in RESULT_CELLS if width >= least)
    taken += TOKENS_CELLS if width >= LEAST_TOKENS else 0
    room = width - taken - 2
    return room if room >= LEAST_BAR else 0


class RequestsPanel(ListPanel):
    """One row a request. While a row is chosen or the order is not the usual one, the list stands still."""

    key = "5"
    name_in_tabs = "requests"
    HELP_TEXT = (
        "The last 500 requests. ↑ ↓ choose one, Enter opens its timeline; < and > choose the column to "
        "sort by, \\ turns the order round, End follows the newest again."
    )
    KEYS = (
        ("enter", "timeline", "open"),
        ("< >", "sort", "sort(1)"),
        ("\\", "turn round", "reverse"),
        ("end", "follow", "follow"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "open", "timeline of the request"),
        ("less_than_sign", "sort(-1)", "sort by the column before"),
        ("greater_than_sign", "sort(1)", "sort by the next column"),
        ("backslash", "reverse", "turn the order round"),
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
                if index == 0:
                    line += scale_of(longest(self._shown(view)), bar_cells(width))
        tokens = f"{'in → out':>{TOKENS_CELLS - 2}}  " if width >= LEAST_TOKENS else ""
        return [[*line, Span(f"{tokens}result", "muted")]]

    def _shown(self, view: SessionView) -> Sequence[RequestRecord]:
        """The records on the screen now."""
        first, end = self._window(view, max(self.size.height - 3, 1))
        return self._rows_in_order(view)[first:end]

    def figures(self, view: SessionView, room: int) -> Line:
        """What the bars are made of."""
        looks = [
            Part(at, [Span(f"{glyph} ", role), Span(name, "muted")]) for at, (glyph, role, name) in LOOKS
        ]
        return choose(looks, room)

    def entries(self, view: SessionView, first: int, end: int, width: int) -> Sequence[Line]:
        """A row each; while there is none, a sentence."""
        rows = self._rows_in_order(view)[first:end]
        if not rows:
            return [[Span(NONE_YET.center(width), "muted")]]
        most_ms = longest(rows)
        return [
            _row(record, width, most_ms, chosen=first + at == self._selected)
            for at, record in enumerate(rows)
        ]

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


def _row(record: RequestRecord, width: int, most_ms: float, *, chosen: bool) -> Line:
    line: Line = []
    for index, column in enumerate(COLUMNS):
        if width >= column.least:
            written = f"{column.write(column.value(record)):>{column.width - 2}}  "
            line.append(Span(written, column.role, column.tag))
            if index == 0:
                line += bar_of(record, most_ms, bar_cells(width))
    if width >= LEAST_TOKENS:
        line.append(Span(f"{_in_out(record):>{TOKENS_CELLS - 2}}  ", "text", "output_tokens"))
    line.append(_result(record))
    if not chosen:
        return line
    return [span._replace(role="selected") for span in fit(line, width)]


def _result(record: RequestRecord) -> Span:
    if record.error is not None:
        return Span(f"✗ {record.error.kind.value}: {clean_line(record.error.message, 200)}", "bad")
    if record.cancelled:
        return Span("◌ cancelled", "muted")
    if record.phase.value == "warmup":
        return Span("✓ warm-up", "muted")
    return Span(f"✓ {clean_line(record.finish_reason or 'done', 20)}", "good")
