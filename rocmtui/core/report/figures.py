"""The figures of a report, from what was measured."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rocmtui.core.limits.decode import DecodeSeen
from rocmtui.core.load.said import LoadFinished
from rocmtui.core.load.scenario import OpenLoop
from rocmtui.core.report.document import Throughput
from rocmtui.core.report.errors import RequestCounts
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.report.measured import Measured, Span
from rocmtui.core.report.outcome import requests_of
from rocmtui.core.report.steady_state import Parts, end_of_wave, split
from rocmtui.core.request.metrics import REQUEST_METRICS
from rocmtui.core.stats.effective import Together, trials
from rocmtui.core.stats.histogram import Histogram, merged
from rocmtui.core.stats.interval import Interval, mean_interval, quantile_interval
from rocmtui.core.stats.quantiles import Summary, known, summarise
from rocmtui.core.stats.trend import growth

ONLY_OF_LLAMA_SERVER = ("queue_wait", "overhead")
"""Other servers send their headers when it suits them, which says nothing of a queue."""
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


class Intervals(msgspec.Struct, frozen=True):
    """How sure the figures of one run are."""

    means: dict[str, Interval | None] = {}
    """By tag; None: unavailable at this sample size."""
    percentiles: dict[str, dict[str, Interval]] = {}
    """By tag and column (`p50`), where available."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What the measurements of a run come to."""

    window: Span | None
    """From the first measured request that was planned or attempted to the end of measuring."""
    requests: RequestCounts
    grew: tuple[float, float] | None
    """Latency at the beginning and at the end, of a run through which it grew: nothing is steady then."""
    icl: Histogram
    every: dict[str, Summary]
    """Of each metric that has values."""
    throughput: Throughput
    parts: Parts = Parts()
    intervals: Intervals = Intervals()

    @property
    def seconds(self) -> float | None:
        """How long was measured."""
        return self.window.seconds if self.window else None

    @property
    def metrics(self) -> dict[str, Summary]:
        """Without the row of stalls where there was none."""
        return {tag: summary for tag, summary in self.every.items() if tag != "stall" or summary.max}


def figures_of(
    measured: Measured, facts: RunFacts, finished: Sequence[LoadFinished], stall_share: float | None
) -> Figures:
    """Without `finished`, as of a run cut off, the window is taken from the records."""
    scenario, window, grew = facts.scenario, _window(measured, finished), _growth(measured, facts)
    of_arrivals = scenario is not None and isinstance(scenario.shape, OpenLoop) and grew is None
    icl = merged(end.icl for end in finished)
    figures = Figures(
        window=window,
        requests=requests_of(measured, facts),
        grew=grew,
        icl=icl,
        every=_summaries(measured, icl, () if facts.server.is_llama_server else ONLY_OF_LLAMA_SERVER),
        throughput=msgspec.structs.replace(
            _throughput(measured, window, of_arrivals=of_arrivals), stall_share=stall_share
        ),
    )
    if grew is not None:
        return figures
    beside = measured.together(scenario, facts.server.parallel)
    return msgspec.structs.replace(
        figures,
        parts=split(measured, window, scenario.ramp_s if scenario else 0.0),
        intervals=_intervals(measured, figures.metrics, beside),
    )


def _intervals(measured: Measured, metrics: dict[str, Summary], beside: Together) -> Intervals:
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


def _throughput(measured: Measured, window: Span | None, *, of_arrivals: bool) -> Throughput:
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
        goodput=good / window.seconds if measured.request_slos else None,
    )


def _summaries(measured: Measured, icl: Histogram, hidden: Sequence[str]) -> dict[str, Summary]:
    """Every metric that has values, but for the hidden ones; `icl` from the pooled gaps."""
    summaries = {
        metric.tag: _of_histogram(icl, metric.unit)
        if metric.tag == "icl"
        else summarise(measured.values(metric.tag), metric.unit)
        for metric in REQUEST_METRICS
        if metric.tag not in hidden
    }
    return {tag: summary for tag, summary in summaries.items() if summary is not None}


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


def _window(measured: Measured, finished: Sequence[LoadFinished]) -> Span | None:
    """From the first measured request that was planned or attempted to the end of measuring.

    As the load processes tell it; by the records where none does: of a run cut off, or kept before they did.
    """
    start = known(min, (end.window_start_ns for end in finished))
    end = known(max, (end.window_end_ns for end in finished))
    if start is None or end is None:
        start = known(min, (measured.first_due_ns, *(end.first_sent_ns for end in finished)))
        end = known(max, (measured.last_done_ns, *(end.last_done_ns for end in finished)))
    return Span(start, end) if start is not None and end is not None and end > start else None


def _growth(measured: Measured, facts: RunFacts) -> tuple[float, float] | None:
    """Latency at the beginning and at the end, of a run through which it grew.

    Of a closed loop from where one request follows the other: its workers begin at once, or one by one.
    Not of one that was changed, nor of conversations, whose prompts grow.
    """
    scenario, since_ns = facts.scenario, 0
    if scenario is None:
        return None
    if not isinstance(scenario.shape, OpenLoop):
        if facts.changes or scenario.conversations or scenario.trace:
            return None
        since_ns = end_of_wave(measured, scenario.ramp_s)
    return growth(measured.latencies_ms(since_ns))
