"""Tells the start-up wave from the steady state.

At the start of a load all workers send at once, so their first requests share the prefill as no later
ones do. The wave ends when the first request of the run completes (with a ramp, not before its end). The
steady state lasts from there to the last request sent: after it workers run out of work one by one.
Requests of the warm-up take the wave upon themselves.
"""

from __future__ import annotations

import statistics

import msgspec

from rocmtui.core.report.measured import Flow, Measured, Span
from rocmtui.core.stats.quantiles import Summary, summarise


class StartupWave(msgspec.Struct, frozen=True, kw_only=True):
    """The measured requests that were sent in the start-up wave."""

    requests: int
    metrics: dict[str, Summary]
    """`ttft` and `itl`, in milliseconds."""


class SteadyState(msgspec.Struct, frozen=True, kw_only=True):
    """The measured requests that were sent after the wave."""

    requests: int
    from_seconds: float
    """After the first measured request was sent."""
    to_seconds: float
    output_tps: float | None
    """Output tokens that came between the two, per second; None: it is over before a request could be."""
    metrics: dict[str, Summary]
    """`ttft` and `itl`, in milliseconds."""


class Parts(msgspec.Struct, frozen=True):
    """A run in its parts; None where there was no such part."""

    wave: StartupWave | None = None
    steady: SteadyState | None = None


def split(measured: Measured, window: Span | None, ramp_s: float = 0.0) -> Parts:
    """Both parts of a run."""
    if window is None or measured.any_first_done_ns is None:
        return Parts()
    wave_end = end_of_wave(measured, ramp_s)
    counted = [flow for flow in measured.flow() if flow.counted]
    early = [flow for flow in counted if flow.sent_ns < wave_end]
    late = [flow for flow in counted if flow.sent_ns >= wave_end]
    wave = StartupWave(requests=len(early), metrics=_metrics(early)) if early else None
    span = Span(max(wave_end, window.start_ns), measured.last_sent_ns or window.start_ns)
    if not late or span.seconds <= 0:
        return Parts(wave)
    tokens = measured.output_tokens_in(span)
    typical_ns = statistics.median(flow.last_ns - flow.sent_ns for flow in late)
    return Parts(
        wave,
        SteadyState(
            requests=len(late),
            from_seconds=(span.start_ns - window.start_ns) / 1e9,
            to_seconds=(span.end_ns - window.start_ns) / 1e9,
            output_tps=tokens / span.seconds if span.seconds * 1e9 >= typical_ns else None,
            metrics=_metrics(late),
        ),
    )


def end_of_wave(measured: Measured, ramp_s: float) -> int:
    """When the first request was done, and all workers had come: from then on one follows the other."""
    begun = measured.any_first_sent_ns or 0
    return max(measured.any_first_done_ns or 0, begun + int(ramp_s * 1e9))


def _metrics(flows: list[Flow]) -> dict[str, Summary]:
    named = {
        "ttft": summarise(((flow.first_ns - flow.sent_ns) / 1e6 for flow in flows), "ms"),
        "itl": summarise((flow.itl_ms for flow in flows if flow.itl_ms is not None), "ms"),
    }
    return {tag: summary for tag, summary in named.items() if summary is not None}
