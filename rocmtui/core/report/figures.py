"""The figures of a report, from what was measured."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rocmtui.core.limits.decode import DecodeSeen
from rocmtui.core.load.slo import Slo
from rocmtui.core.report.document import SloResult, Throughput
from rocmtui.core.report.measured import Measured, Span
from rocmtui.core.request.metrics import REQUEST_METRICS
from rocmtui.core.stats.effective import Together, trials
from rocmtui.core.stats.histogram import Histogram
from rocmtui.core.stats.interval import Interval, mean_interval, quantile_interval
from rocmtui.core.stats.quantiles import Summary, quantile, summarise

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


def error_rate(failed: int, completed: int) -> float | None:
    """Failed requests as a share of those that were not cancelled; None before any ended."""
    ended = failed + completed
    return failed / ended if ended else None


class Intervals(msgspec.Struct, frozen=True):
    """How sure the figures of one run are."""

    means: dict[str, Interval | None] = {}
    """By tag; None: unavailable at this sample size."""
    percentiles: dict[str, dict[str, Interval]] = {}
    """By tag and column (`p50`), where available."""


def intervals_of(measured: Measured, metrics: dict[str, Summary], beside: Together) -> Intervals:
    """Of the metrics where one value is better than another; lengths are what was asked for."""
    means: dict[str, Interval | None] = {}
    percentiles: dict[str, dict[str, Interval]] = {}
    for metric in REQUEST_METRICS:
        if not metric.better or not metric.value or metric.tag not in metrics:
            continue
        values = measured.in_order_sent(metric.tag)
        means[metric.tag] = mean_interval(values, beside)
        found = trials(values, beside)
        if found.enough:
            ascending = sorted(values)
            each = {name: quantile_interval(ascending, q, found.count) for name, q in PERCENTILES.items()}
            percentiles[metric.tag] = {name: interval for name, interval in each.items() if interval}
    return Intervals(means, percentiles)


def decode_seen(measured: Measured, tokens_a_step: float) -> DecodeSeen | None:
    """How the measured requests decoded, over the time in which any did; None where none made two tokens."""
    flows = [
        flow
        for flow in measured.flow()
        if flow.counted and flow.output_tokens > 1 and flow.last_ns > flow.first_ns
    ]
    if not flows:
        return None
    decode_ns = sum(flow.last_ns - flow.first_ns for flow in flows)
    any_ns, end_ns = 0, 0
    for flow in sorted(flows, key=lambda flow: flow.first_ns):
        any_ns += max(flow.last_ns - max(flow.first_ns, end_ns), 0)
        end_ns = max(end_ns, flow.last_ns)
    made = sum(flow.output_tokens - 1 for flow in flows)
    depths = sum((flow.prompt_tokens + flow.output_tokens / 2) * (flow.output_tokens - 1) for flow in flows)
    return DecodeSeen(
        tps=made / any_ns * 1e9,
        streams=decode_ns / any_ns,
        depth_tokens=depths / made,
        tokens_a_step=tokens_a_step,
    )


def throughput_of(measured: Measured, window: Span | None, *, of_arrivals: bool) -> Throughput:
    """Speeds of the whole run over the measured window.

    `of_arrivals`: of requests sent by a plan those count that completed at any time, since the plan and not
    the server says how many there are; else those that completed within the window.
    """
    if window is None:
        return Throughput()
    completed, good = measured.completed_by(None if of_arrivals else window.end_ns)
    output: float | None = measured.output_tokens_in(window)
    inputs, every = None, (output or 0.0) + measured.prompt_tokens_in(window)
    if whole := measured.whole_in(window):
        (inputs, every), output = whole, None
    return Throughput(
        output_tps=None if output is None else output / window.seconds,
        inputs_per_second=None if inputs is None else inputs / window.seconds,
        total_tps=every / window.seconds,
        requests_per_second=completed / window.seconds,
        goodput=good / window.seconds if measured.has_request_slos else None,
    )


def metric_summaries(measured: Measured, icl: Histogram, hidden: Sequence[str]) -> dict[str, Summary]:
    """Every metric that has values, but for the hidden ones; `icl` from the pooled gaps."""
    summaries = {
        metric.tag: _of_histogram(icl, metric.unit)
        if metric.tag == "icl"
        else summarise(measured.values[metric.tag], metric.unit)
        for metric in REQUEST_METRICS
        if metric.tag not in hidden
    }
    return {tag: summary for tag, summary in summaries.items() if summary is not None}


def worth_telling(metrics: dict[str, Summary]) -> dict[str, Summary]:
    """Without the row of stalls where there was none."""
    return {tag: summary for tag, summary in metrics.items() if tag != "stall" or summary.max}


def _of_histogram(histogram: Histogram, unit: str) -> Summary | None:
    if histogram.mean is None or histogram.min is None or histogram.max is None:
        return None
    return Summary(
        unit=unit,
        count=histogram.count,
        mean=histogram.mean,
        std=None,
        min=histogram.min,
        max=histogram.max,
        **{name: histogram.quantile(rank) or 0.0 for name, rank in PERCENTILES.items()},
    )


def judge(
    slo: Slo, measured: Measured, icl: Histogram, metrics: dict[str, Summary], throughput: Throughput
) -> SloResult:
    """One SLO, by exact figures; quantiles of `icl` are its histogram's.

    In percentiles a request that failed or brought no token is worse than any limit; where the percentile is
    such a one the SLO has no value and is not met.
    """
    value: float | None = None
    missing = measured.failed + measured.empty
    if slo.tag == "error_rate":
        value = error_rate(measured.failed, measured.completed)
    elif slo.statistic is None:
        value = getattr(throughput, slo.tag)
    elif slo.tag in metrics and slo.statistic in ("mean", "min"):
        value = getattr(metrics[slo.tag], slo.statistic)
    elif slo.tag == "icl":
        rank = slo.rank(icl.count, 0)
        value = icl.quantile(rank) if rank is not None else None
    elif (rank := slo.rank(len(measured.values[slo.tag]), missing)) is not None and slo.tag in metrics:
        value = quantile(sorted(measured.values[slo.tag]), rank)
    return SloResult(expression=slo.expression, value=value, met=value is not None and slo.holds(value))
