"""One request from its connection to its last byte: stretches of time on a common scale, and its figures."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from rocmtui.core.request import values
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.request.ttft_split import split_of, wire_ms
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dialogs.dialog import Dialog, DialogBox, Key
from rocmtui.tui.draw.lines import Line, Part, Span, choose, fit, pair
from rocmtui.tui.draw.panel import Drawn

LABEL, FIGURE = 10, 10


class TimelineScreen(Dialog[None]):
    """A dialog with one request's timeline."""

    DEFAULT_CSS = "TimelineScreen > DialogBox { width: 110; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q", "dismiss", "back")]

    def __init__(self, record: RequestRecord) -> None:
        super().__init__()
        self._record = record

    def compose(self) -> ComposeResult:
        """The drawing."""
        with DialogBox(f"request {self._record.id}", Key("esc", "back", "dismiss")):
            yield Timeline(self._record)


class Timeline(Drawn):
    """The drawing of one request, as high as what it has to say."""

    def __init__(self, record: RequestRecord) -> None:
        super().__init__()
        self._record = record
        self.styles.height = len(draw_timeline(record, 100))

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Bars, then figures."""
        return draw_timeline(self._record, width)[:height]


class Stretch(NamedTuple):
    """A named part of the request, in milliseconds since its bytes were sent."""

    name: str
    start_ms: float
    end_ms: float
    glyph: str
    role: str


def stretches_of(record: RequestRecord) -> list[Stretch]:
    """The parts that are known, in the order they happen."""
    first, last = values.ttft(record), _since_sent(record, record.last_token_ns)
    total = values.request_latency(record)
    split = split_of(record)
    found: list[Stretch] = []
    if split is not None:
        queue_end = split.queue_ms
        prefill_end = queue_end + split.prefill_ms
        found += [
            Stretch("queue", 0, queue_end, "░", "queue"),
            Stretch("prefill", queue_end, prefill_end, "█", "prefill"),
            Stretch("rest", prefill_end, prefill_end + split.overhead_ms, "─", "overhead"),
        ]
        if (wire := wire_ms(record)) is not None:
            found.append(Stretch("  wire", prefill_end, prefill_end + wire, "─", "muted"))
    elif first is not None:
        found.append(Stretch("to token 1", 0, first, "█", "prefill"))
    if first is not None and last is not None:
        found.append(Stretch("decode", first, last, "▒", "decode"))
    if total is not None:
        since = last if last is not None else first or 0.0
        found.append(Stretch("last byte" if last is not None else "waiting", since, total, "─", "muted"))
    return found


def draw_timeline(record: RequestRecord, width: int) -> list[Line]:
    """A bar for each part, then what was counted and what went wrong."""
    stretches = stretches_of(record)
    longest = max((stretch.end_ms for stretch in stretches), default=0.0)
    bar = max(width - LABEL - FIGURE, 8)
    lines: list[Line] = [_bar(stretch, longest, bar) for stretch in stretches]
    if longest:
        scale = f"0{text.ms(longest):>{bar - 1}}"
        lines.append([Span(" " * LABEL), Span(scale, "muted")])
    lines.append([])
    lines += [choose(parts, width) for parts in _figures(record)]
    if record.error is not None:
        lines += [
            [],
            [Span(f"✗ {record.error.kind.value}  ", "bad"), Span(clean_line(record.error.message, 500))],
        ]
        if record.error.remedy:
            lines.append([Span("→ ", "accent"), Span(clean_line(record.error.remedy, 500))])
    return [fit(line, width) for line in lines]


def _bar(stretch: Stretch, longest: float, width: int) -> Line:
    start = min(round(stretch.start_ms / longest * width), width - 1) if longest else 0
    end = max(round(stretch.end_ms / longest * width), start + 1) if longest else 1
    return [
        Span(f"{stretch.name:<{LABEL}}", "muted"),
        Span(" " * start),
        Span(stretch.glyph * (end - start), stretch.role),
        Span(" " * (width - end)),
        Span(f"{text.ms(stretch.end_ms - stretch.start_ms):>{FIGURE}}", "figure"),
    ]


def _figures(record: RequestRecord) -> list[list[Part]]:
    first = (
        ("TTFT", text.ms(values.ttft(record))),
        ("ITL", text.ms(values.itl(record))),
        ("tok/s", text.tps(values.output_tps_per_request(record))),
        ("total", text.ms(values.request_latency(record))),
        ("connect", text.ms(values.connect(record))),
        ("late by", text.ms(values.schedule_lag(record))),
    )
    second = (
        ("prompt", text.count(record.prompt_tokens)),
        ("cached", text.count(record.cached_tokens)),
        ("output", text.count(record.output_tokens)),
        ("events", text.count(record.content_events)),
        ("finish", clean_line(record.finish_reason or text.DASH, 20)),
        ("phase", record.phase.value),
    )
    third = [
        ("worker", str(record.worker)),
        ("process", str(record.process)),
        ("slot", text.count(record.slot)),
        ("stale retries", str(record.stale_retries)),
    ]
    if (timings := record.timings) is not None:
        third.append(("server's prefill", text.ms(timings.prompt_ms)))
        third.append(("server's decode", text.ms(timings.predicted_ms)))
    rows = [first, second, third]
    if (network := record.network) is not None:
        round_trip = text.ms(values.network_rtt(record))
        rows.append([("network's round trip", round_trip), ("packets sent again", str(network.lost))])
    return [[pair(0, *figure) for figure in row] for row in rows]


def _since_sent(record: RequestRecord, at_ns: int | None) -> float | None:
    return None if at_ns is None or record.sent_ns is None else (at_ns - record.sent_ns) / 1e6
