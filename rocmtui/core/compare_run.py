"""A run or its report as one side of a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from rocmtui.core.compare import Quantity, Side
from rocmtui.core.metrics import METRICS, Metric
from rocmtui.core.quantiles import quantile
from rocmtui.core.record import Phase, RequestRecord
from rocmtui.core.report import Report
from rocmtui.core.run_conditions import run_conditions

MOST_BLOCKS = 12
STREAM_REQUESTS = 4
"""Requests of each stream in a stretch over which throughput is taken."""
_QUANTILES = (("p50", 0.5, 5), ("p95", 0.95, 20))
"""Statistic, quantile, and the requests one stretch needs for it."""
_SHOWN = ("output_tps_per_request", "ttft", "itl", "queue_wait", "prefill_tps", "request_latency")


def run_side(label: str, report: Report, records: Iterable[RequestRecord] | None) -> Side:
    """A run; without `records` only means can be judged, from the report's own spread."""
    quantities: dict[str, Quantity] = {}
    measured = [] if records is None else _measured(records)
    quantities["output_tps"] = _throughput(report, measured)
    for metric in (METRICS[tag] for tag in _SHOWN):
        quantities |= _of_requests(metric, report, measured)
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
    busy_ns = sum(record.done_ns - (record.sent_ns or record.done_ns) for record in records)
    streams = busy_ns / (done[-1] - min(sent))
    count = min(MOST_BLOCKS, int(len(done) / (STREAM_REQUESTS * max(streams, 1.0))))
    if count < 2:
        return []
    return [min(sent), *(done[round((i + 1) * len(done) / count) - 1] for i in range(count))]


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


def _of_requests(metric: Metric, report: Report, measured: Sequence[RequestRecord]) -> dict[str, Quantity]:
    read, found = metric.value, {}
    values = [v for v in map(read, measured) if v is not None] if read else []
    for name, share, at_least in _QUANTILES if values else ():
        found[f"{metric.tag}_{name}"] = _quantile(metric, name, values, share, at_least)
    summary = report.metrics.get(metric.tag)
    if summary is not None:
        found[f"{metric.tag}_mean"] = Quantity(
            title=f"{metric.title}, mean",
            unit=summary.unit,
            better=metric.better,
            value=summary.mean,
            summary=None if summary.std is None else (summary.mean, summary.std, summary.count),
            fallback=True,
        )
    return found


def _quantile(metric: Metric, name: str, values: Sequence[float], share: float, at_least: int) -> Quantity:
    blocks, of = value_blocks(values, share, at_least), "stretches"
    if len(blocks) < 3 and name == "p50":
        blocks, of = tuple(values), "requests"
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
