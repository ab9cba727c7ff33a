"""A run or its report as one side of a comparison."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from rocmtui.core.compare.conditions import run_conditions
from rocmtui.core.compare.sides import Quantity, Side
from rocmtui.core.report.document import Report
from rocmtui.core.request.metrics import METRICS, Metric
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.stats.quantiles import quantile

MOST_BLOCKS = 12
STREAM_REQUESTS = 4
"""Requests of each stream in a stretch over which throughput is taken."""
_QUANTILES = (("p50", 0.5, 5), ("p95", 0.95, 20))
"""Statistic, quantile, and the requests of each stream one stretch needs for it."""
FEW_BLOCKS = 5
"""Of a run too short for the above, so many stretches: fewer are surer of being apart."""
ONE_STREAM = 1.5
"""Up to so many requests at a time on average, single requests tell of luck of their own."""
_SHOWN = ("output_tps_per_request", "ttft", "itl", "queue_wait", "prefill_tps", "request_latency")


def run_side(label: str, report: Report, records: Iterable[RequestRecord] | None) -> Side:
    """A run; without `records` only means can be judged, from the report's own spread."""
    quantities: dict[str, Quantity] = {}
    measured = [] if records is None else _measured(records)
    quantities["output_tps"] = _throughput(report, measured)
    streams = _streams(measured) if measured else _streams_of(report)
    for metric in (METRICS[tag] for tag in _SHOWN):
        quantities |= _of_requests(metric, report, measured, streams)
    quantities |= _single_readings(report)
    return Side(
        label=label,
        kind="report" if records is None else "run",
        conditions=run_conditions(report),
        quantities=quantities,
        warnings=report.audit.warnings,
    )


def throughput_blocks(records: Sequence[RequestRecord]) -> tuple[float, ...]:
    """Output tokens per second over consecutive stretches, each from one request's end to a later one's.

    A request's tokens are spread evenly from its first to its last. A stretch holds several requests of each
    stream, because neighbours that share a request are alike and would make the run look surer than it is.
    """
    spans = [
        (r.first_token_ns, r.last_token_ns, r.output_tokens)
        for r in records
        if r.first_token_ns is not None and r.last_token_ns is not None and r.output_tokens
    ]
    edges = _edges(records)
    rates = (_tokens_between(spans, a, b) / (b - a) * 1e9 for a, b in pairwise(edges) if b > a)
    return tuple(rate for rate in rates if rate > 0)


def _edges(records: Sequence[RequestRecord]) -> list[int]:
    """Where stretches begin and end; fewer than 2 when the run is too short for any."""
    sent = [record.sent_ns for record in records if record.sent_ns is not None]
    done = sorted(record.done_ns for record in records)
    if not sent or done[-1] == min(sent):
        return []
    count = min(MOST_BLOCKS, int(len(done) / (STREAM_REQUESTS * _streams(records))))
    if count < 2:
        return []
    return [min(sent), *(done[round((i + 1) * len(done) / count) - 1] for i in range(count))]


def _streams(records: Sequence[RequestRecord]) -> float:
    """Requests under way at a time, on average (at least 1): those side by side share their luck."""
    spans = [(record.sent_ns, record.done_ns) for record in records if record.sent_ns is not None]
    if not spans:
        return 1.0
    whole_ns = max(done for _, done in spans) - min(sent for sent, _ in spans)
    return max(sum(done - sent for sent, done in spans) / whole_ns, 1.0) if whole_ns > 0 else 1.0


def _tokens_between(spans: Iterable[tuple[int, int, int]], low: int, high: int) -> float:
    total = 0.0
    for first, last, tokens in spans:
        if last > first:
            total += tokens * max(min(high, last) - max(low, first), 0) / (last - first)
        elif low <= first < high:
            total += tokens
    return total


def value_blocks(values: Sequence[float], share: float, at_least: int) -> tuple[float, ...]:
    """A quantile in each of consecutive stretches of `at_least` values or more."""
    count = min(MOST_BLOCKS, len(values) // at_least)
    if count < 2:
        return ()
    edges = [round(i * len(values) / count) for i in range(count + 1)]
    return tuple(quantile(sorted(values[a:b]), share) for a, b in pairwise(edges) if b > a)


def _measured(records: Iterable[RequestRecord]) -> list[RequestRecord]:
    kept = [r for r in records if r.phase is Phase.MEASURED and r.completed and r.sent_ns is not None]
    return sorted(kept, key=lambda record: record.sent_ns or 0)


def _throughput(report: Report, measured: Sequence[RequestRecord]) -> Quantity:
    metric = METRICS["output_tps"]
    return Quantity(
        title=metric.title,
        unit=metric.unit,
        better=metric.better,
        value=report.throughput.output_tps,
        blocks=throughput_blocks(measured),
    )


def _of_requests(
    metric: Metric, report: Report, measured: Sequence[RequestRecord], streams: float
) -> dict[str, Quantity]:
    read, found = metric.value, {}
    values = [v for v in map(read, measured) if v is not None] if read else []
    for name, share, at_least in _QUANTILES if values else ():
        found[f"{metric.tag}_{name}"] = _quantile(metric, name, values, share, at_least, streams)
    summary = report.metrics.get(metric.tag)
    if summary is not None:
        alone = int(summary.count / streams)
        found[f"{metric.tag}_mean"] = Quantity(
            title=f"{metric.title}, mean",
            unit=summary.unit,
            better=metric.better,
            value=summary.mean,
            summary=None if summary.std is None or alone < 2 else (summary.mean, summary.std, alone),
            fallback=True,
        )
    return found


def _streams_of(report: Report) -> float:
    """As `_streams`, from a report."""
    latency = report.metrics.get("request_latency")
    if latency is None or not report.measured_seconds:
        return 1.0
    return max(latency.mean / 1e3 * latency.count / report.measured_seconds, 1.0)


def _quantile(
    metric: Metric, name: str, values: Sequence[float], share: float, at_least: int, streams: float
) -> Quantity:
    blocks, of = value_blocks(values, share, math.ceil(at_least * streams)), "stretches"
    if len(blocks) < 3 and name == "p50":
        if streams <= ONE_STREAM:
            blocks, of = tuple(values), "requests"
        else:
            blocks = value_blocks(values, share, math.ceil(max(streams, len(values) / FEW_BLOCKS)))
    return Quantity(
        title=f"{metric.title}, {name}",
        unit=metric.unit,
        better=metric.better,
        value=quantile(sorted(values), share),
        blocks=blocks,
        blocks_of=of,
    )


def _single_readings(report: Report) -> dict[str, Quantity]:
    found: dict[str, Quantity] = {}
    ended = report.requests.completed + report.requests.failed
    if ended:
        rate = 100 * report.requests.failed / ended
        found["error_rate"] = Quantity(title="error rate", unit="%", better="lower", value=rate)
    peaks = [gpu.vram_peak_bytes for gpu in report.gpu if gpu.vram_peak_bytes is not None]
    if peaks:
        mib = sum(peaks) / 2**20
        found["vram_peak"] = Quantity(title="VRAM at peak", unit="MiB", better="lower", value=mib)
    return found
