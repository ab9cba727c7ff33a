"""A run or its report as one side of a comparison."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import stdev

from rocmtui.core.compare.conditions import run_conditions
from rocmtui.core.compare.sides import ANSWERS, Quantity, Side
from rocmtui.core.load.scenario import OpenLoop
from rocmtui.core.report.document import Report
from rocmtui.core.request.metrics import METRICS, Metric
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.stats.change import Sample
from rocmtui.core.stats.effective import Together, together, trials

MOST_BLOCKS = 12
STREAM_REQUESTS = 4
"""Requests of each stream in a stretch over which throughput is taken."""
_QUANTILES = {"p50": 0.5, "p95": 0.95}
_SHOWN = ("output_tps_per_request", "ttft", "itl", "queue_wait", "prefill_tps", "request_latency")
ONLY_OF_LLAMA_SERVER = ("queue_wait", "prefill_tps")
"""That other servers do not tell is no loss."""
_ARM = 1.96
"""Standard deviations from an estimate to the end of its interval."""


def run_side(label: str, report: Report, records: Iterable[RequestRecord] | None) -> Side:
    """A run; without `records` only means can be judged alone, from the report's own spread."""
    measured = [] if records is None else _measured(records)
    beside = _together(report, measured)
    quantities = {"output_tps": _throughput(report, measured)}
    for tag in (tag for tag in _SHOWN if tag in report.metrics):
        quantities |= _of_requests(METRICS[tag], report, measured, beside)
    return Side(
        label=label,
        kind="report" if records is None else "run",
        conditions=run_conditions(report),
        quantities=quantities | _single_readings(report),
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
    spans = [(record.sent_ns, record.done_ns) for record in records if record.sent_ns is not None]
    done = sorted(record.done_ns for record in records)
    begin_ns = min(spans)[0] if spans else 0
    if not spans or done[-1] == begin_ns:
        return []
    streams = max(together(spans).streams, 1.0)
    count = min(MOST_BLOCKS, int(len(done) / (STREAM_REQUESTS * streams)))
    if count < 2:
        return []
    return [begin_ns, *(done[round((i + 1) * len(done) / count) - 1] for i in range(count))]


def _tokens_between(spans: Iterable[tuple[int, int, int]], low: int, high: int) -> float:
    total = 0.0
    for first, last, tokens in spans:
        if last > first:
            total += tokens * max(min(high, last) - max(low, first), 0) / (last - first)
        elif low <= first < high:
            total += tokens
    return total


def _measured(records: Iterable[RequestRecord]) -> list[RequestRecord]:
    kept = [r for r in records if r.counts and r.sent_ns is not None]
    return sorted(kept, key=lambda record: record.sent_ns or 0)


def _together(report: Report, measured: Sequence[RequestRecord]) -> Together:
    is_open = report.scenario is not None and isinstance(report.scenario.shape, OpenLoop)
    if measured:
        spans = [(r.sent_ns, r.done_ns) for r in measured if r.sent_ns is not None]
        return together(spans, slots=(report.server.parallel or 1) if is_open else None)
    latency = report.metrics.get("request_latency")
    if latency is None or not report.measured_seconds:
        return Together()
    return Together(streams=max(latency.mean / 1e3 * latency.count / report.measured_seconds, 1.0))


def _throughput(report: Report, measured: Sequence[RequestRecord]) -> Quantity:
    metric, blocks = METRICS["output_tps"], throughput_blocks(measured)
    logs = [math.log(block) for block in blocks]
    return Quantity(
        title=metric.title,
        unit=metric.unit,
        better=metric.better,
        value=report.throughput.output_tps,
        blocks=blocks,
        noise=stdev(logs) / math.sqrt(len(logs)) if len(logs) > 1 else 0.0,
    )


def _of_requests(
    metric: Metric, report: Report, measured: Sequence[RequestRecord], beside: Together
) -> dict[str, Quantity]:
    read, summary = metric.value, report.metrics[metric.tag]
    values = [v for v in map(read, measured) if v is not None] if read else []
    found = trials(values, beside)
    quantities = {
        f"{metric.tag}_{name}": _percentile(
            metric,
            name,
            Sample(ascending=tuple(sorted(values)), share=share, count=found.count) if values else None,
            reported=getattr(summary, name),
        )
        for name, share in _QUANTILES.items()
    }
    alone = int(summary.count / beside.streams)
    quantities[f"{metric.tag}_mean"] = Quantity(
        title=f"{metric.title}, mean",
        unit=summary.unit,
        better=metric.better,
        value=summary.mean,
        summary=None if summary.std is None or alone < 2 else (summary.mean, summary.std, alone),
        depends=metric.tag in ONLY_OF_LLAMA_SERVER,
        fallback=True,
    )
    return quantities


def _percentile(metric: Metric, name: str, sample: Sample | None, *, reported: float) -> Quantity:
    ends = sample.interval if sample else None
    return Quantity(
        title=f"{metric.title}, {name}",
        unit=metric.unit,
        better=metric.better,
        value=sample.value if sample else reported,
        sample=sample,
        depends=metric.tag in ONLY_OF_LLAMA_SERVER,
        noise=math.log(ends.high / ends.low) / 2 / _ARM if ends and ends.low > 0 else 0.0,
    )


def _single_readings(report: Report) -> dict[str, Quantity]:
    found: dict[str, Quantity] = {}
    ended = report.requests.completed + report.requests.failed
    if ended:
        failed = report.requests.failed
        found["error_rate"] = Quantity(
            title="error rate", unit="%", better="lower", value=100 * failed / ended, share=(failed, ended)
        )
    if report.answers is not None and report.answers.of:
        wrong, of = report.answers.of - report.answers.right, report.answers.of
        found[ANSWERS] = Quantity(title="certain texts answered wrongly", unit="%", value=100 * wrong / of)
    if report.limit is not None:
        reached = report.limit.share * 100
        found["limit_share"] = Quantity(title="decode, of the memory's limit", unit="%", value=reached)
    peaks = [gpu.vram_peak_bytes for gpu in report.gpu if gpu.vram_peak_bytes is not None]
    if peaks:
        mib = sum(peaks) / 2**20
        found["vram_peak"] = Quantity(title="VRAM at peak", unit="MiB", better="lower", value=mib)
    return found
