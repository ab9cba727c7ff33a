"""A run as a page: the answer, its figures, what happened when, every metric, and the run again."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.page.parts import Cell, Chart, Figure, Lane, Moment, Page, Series, Table, Tone, thinned
from rocmtui.core.report.conversations.text import TURN_COLUMNS, reuse_text, turn_rows
from rocmtui.core.report.document import Report
from rocmtui.core.report.text.rows import COLUMNS, metric_rows, slo_rows
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.request.ttft_split import split_of
from rocmtui.core.session.events import Event, GpuRead
from rocmtui.core.streams.words import stall_rows
from rocmtui.core.text import forms

MOST_LANES, MOST_STRETCHES = 32, 1500
BINS = 24
PARTS = (("queue", "d"), ("prefill", "b"), ("rest", "quiet"))
GIB = 1 << 30


def run_page(report: Report, events: Iterable[Event], records: Iterable[RequestRecord]) -> Page:
    """The page of a run; `events` without its requests."""
    seen = [event for event in events if isinstance(event, LiveSnapshot | GpuRead)]
    measured = [record for record in records if record.phase is Phase.MEASURED and record.sent_ns is not None]
    zero = min((record.sent_ns or 0 for record in measured), default=seen[0].at_ns if seen else 0)
    live = [event for event in seen if isinstance(event, LiveSnapshot)]
    gpu = [event for event in seen if isinstance(event, GpuRead)]
    server = report.server
    model = forms.model_words(server.model, server.quantization)
    named = (*model, server.backend, server.build, report.started_at)
    return Page(
        title=report.label or "rocmtui run",
        subtitle=", ".join(str(part) for part in named if part),
        answer=_answer(report),
        figures=tuple(_figures(report)),
        warnings=report.audit.warnings,
        charts=tuple(filter(None, (_speed(live, zero), _cards(live, gpu, zero), _ttft(measured)))),
        lanes=_lanes(measured, zero),
        tables=tuple(_tables(report)),
        replay_head=("tok/s", "TTFT p50", "in flight", "completed", "failed"),
        replay=tuple(_moments(live, zero)),
        foot=f"rocmtui {report.tool.version}, {report.schema}",
    )


def _answer(report: Report) -> str:
    """`176 tok/s, first token after 0.41 s (p95 1.43 s), 0 of 200 failed; every SLO met.`"""
    counts, ttft = report.requests, report.metrics.get("ttft")
    parts = [f"{forms.tps(report.throughput.output_tps)} tok/s"]
    if ttft is not None:
        parts.append(f"first token after {forms.ms(ttft.p50)} (p95 {forms.ms(ttft.p95)})")
    parts.append(f"{forms.count(counts.failed)} of {forms.count(counts.sent)} failed")
    missed = [slo.expression for slo in report.slo if not slo.met]
    judged = f"; missed: {', '.join(missed)}" if missed else "; every SLO met" if report.slo else ""
    return ", ".join(parts) + judged


def _figures(report: Report) -> Iterable[Figure]:
    speed = report.throughput
    yield Figure(title="output speed", value=forms.figure(speed.output_tps), unit="tok/s")
    for tag, title in (("ttft", "time to first token"), ("itl", "inter-token latency")):
        summary = report.metrics.get(tag)
        if summary is not None:
            detail = f"p95 {forms.figure(summary.p95)}, p99 {forms.figure(summary.p99)} ms"
            yield Figure(title=title, value=forms.figure(summary.p50), unit="ms, median", detail=detail)
    for name, words in stall_rows(report.stalls)[:1]:
        count, _, detail = words.partition(", ")
        tone: Tone = "bad" if detail else "good"
        yield Figure(title=name, value=count, unit="", detail=detail, tone=tone)
    counts = report.requests
    of, tone = f"of {forms.count(counts.sent)}", "bad" if counts.failed else "good"
    yield Figure(title="requests", value=forms.count(counts.completed), unit=of, tone=tone)
    for gpu in report.gpu:
        if gpu.vram_peak_bytes is not None and gpu.vram_total_bytes:
            value, of = forms.gib(gpu.vram_peak_bytes), forms.gib(gpu.vram_total_bytes)
            yield Figure(title=f"VRAM peak, {gpu.name}", value=value, unit=f"of {of} GiB")
        if gpu.tokens_per_joule is not None:
            yield Figure(title=f"energy, {gpu.name}", value=forms.figure(gpu.tokens_per_joule), unit="tok/J")


def _speed(live: Sequence[LiveSnapshot], zero: int) -> Chart | None:
    """Decode and prefill speed."""
    points = _thin(live)
    if len(points) < 2:
        return None
    return Chart(
        title="Speed over time",
        x=_seconds(points, zero),
        series=(
            Series("decode tok/s", tuple(event.output_tps for event in points), "c"),
            Series("prefill tok/s", tuple(event.prefill_tps for event in points), "b"),
        ),
        x_label="seconds",
        y_label="tok/s",
    )


def _cards(live: Sequence[LiveSnapshot], gpu: Sequence[GpuRead], zero: int) -> Chart | None:
    """Power and VRAM of all cards together, on the same time."""
    points = _thin(live)
    power, memory = (
        tuple(_card_sum(gpu, event.at_ns, field, scale) for event in points)
        for field, scale in (("power_watts", 1.0), ("vram_used_bytes", float(GIB)))
    )
    if not any(value is not None for value in (*power, *memory)):
        return None
    return Chart(
        title="Power and VRAM",
        x=_seconds(points, zero),
        series=(Series("power W", power, "a"), Series("VRAM GiB", memory, "e", "right")),
        x_label="seconds",
        y_label="W",
        right_label="GiB",
    )


def _thin(live: Sequence[LiveSnapshot]) -> list[LiveSnapshot]:
    return [live[index] for index in thinned(len(live))]


def _seconds(points: Sequence[LiveSnapshot], zero: int) -> tuple[float, ...]:
    return tuple((event.at_ns - zero) / 1e9 for event in points)


def _card_sum(gpu: Sequence[GpuRead], at_ns: int, field: str, scale: float) -> float | None:
    """Over all cards, at the last sample before a moment."""
    place = bisect_right(gpu, at_ns, key=lambda event: event.at_ns)
    cards = gpu[place - 1].sample.gpus if place else ()
    known = [value for card in cards if (value := getattr(card, field)) is not None]
    return sum(known) / scale if known else None


def _ttft(measured: Sequence[RequestRecord]) -> Chart | None:
    """How often each TTFT came, and what it was made of on average."""
    splits = [split for record in measured if record.completed and (split := split_of(record)) is not None]
    if len(splits) < 2:
        return None
    low, high = min(s.total_ms for s in splits), max(s.total_ms for s in splits)
    width = (high - low) / BINS or 1.0
    sums = [[0.0, 0.0, 0.0] for _ in range(BINS)]
    for split in splits:
        row = sums[min(int((split.total_ms - low) / width), BINS - 1)]
        for part, value in enumerate(split.parts):
            row[part] += value / split.total_ms if split.total_ms else 0.0
    return Chart(
        title="Time to first token",
        x=tuple(low + width * (index + 0.5) for index in range(BINS)),
        series=tuple(
            Series(name, tuple(round(row[part], 4) for row in sums), role)
            for part, (name, role) in enumerate(PARTS)
        ),
        x_label="ms",
        y_label="requests",
        kind="stacked bars",
        note="Each bar is split as the TTFTs in it are: queue on the server, prefill, and the rest.",
    )


def _lanes(measured: Sequence[RequestRecord], zero: int) -> tuple[Lane, ...]:
    """Requests by slot where the server told it, else by worker."""
    by_slot = all(record.slot is not None for record in measured)
    lanes: dict[int, list[tuple[float, float, str, str]]] = {}
    for record in measured[: MOST_STRETCHES // 3]:
        lane = record.slot if by_slot and record.slot is not None else record.worker
        lanes.setdefault(lane, []).extend(_stretches(record, zero))
    name = "slot" if by_slot else "worker"
    found = sorted(lanes.items())[:MOST_LANES]
    return tuple(Lane(name=f"{name} {number}", stretches=tuple(stretches)) for number, stretches in found)


def _stretches(record: RequestRecord, zero: int) -> Iterable[tuple[float, float, str, str]]:
    edges = (record.sent_ns, record.headers_ns, record.first_token_ns, record.last_token_ns or record.done_ns)
    tokens = (
        f"{record.prompt_tokens or forms.DASH} prompt, {record.output_tokens or forms.DASH} output tokens"
    )
    said = f"request {record.id}: {tokens}"
    for kind, (start, end) in zip(("queue", "prefill", "decode"), pairwise(edges), strict=True):
        if start is not None and end is not None and end > start:
            length = forms.ms((end - start) / 1e6)
            yield ((start - zero) / 1e9, (end - zero) / 1e9, kind, f"{said}; {kind} {length}")
    for start, end in record.stalls or ():
        words = f"{said}; no token for {forms.ms((end - start) / 1e6)}"
        yield ((start - zero) / 1e9, (end - zero) / 1e9, "stall", words)


def _tables(report: Report) -> Iterable[Table]:
    judged = [
        (
            Cell(text=expression),
            Cell(text=value, number=True),
            Cell(text=verdict, tone="good" if verdict == forms.MET else "bad"),
        )
        for expression, value, verdict in slo_rows(report)
    ]
    if judged:
        yield Table(title="Service levels", head=("asked for", "value", "verdict"), rows=tuple(judged))
    if report.conversations is not None:
        turns = (
            tuple(Cell(text=cell, number=True) for cell in row) for row in turn_rows(report.conversations)
        )
        title = f"Turns; {reuse_text(report.conversations)}"
        yield Table(title=title, head=TURN_COLUMNS, rows=tuple(turns))
    rows = tuple(
        (Cell(text=title), Cell(text=unit), *(Cell(text=value, number=True) for value in values))
        for title, unit, *values in metric_rows(report.metrics)
    )
    yield Table(title="All metrics", head=("metric", "unit", *COLUMNS), rows=rows)


def _moments(live: Sequence[LiveSnapshot], zero: int) -> Iterable[Moment]:
    for event in _thin(live):
        yield Moment(
            (event.at_ns - zero) / 1e9,
            (
                forms.figure(event.output_tps),
                forms.ms(event.ttft.quantile(0.5)),
                str(event.in_flight),
                forms.count(event.completed),
                forms.count(event.failed),
            ),
        )
