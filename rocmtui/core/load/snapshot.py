"""The load at one moment: what a load process tells 4 to 10 times a second, and an event of the run."""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.stats.histogram import Histogram

LoadPhase = Literal["idle", "preparing", "warmup", "measured", "drain", "done"]
HISTOGRAMS = ("ttft", "queue_wait", "prefill_ms", "overhead", "itl", "icl", "request_latency")
"""The fields of a snapshot that are histograms."""


class SloState(msgspec.Struct, frozen=True, kw_only=True):
    """One SLO now. `met` is None while there is no value."""

    expression: str
    value: float | None
    met: bool | None


class LiveSnapshot(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="live"
):
    """The load, 4 to 10 times a second. Latencies in milliseconds; only measured requests count in them."""

    at_ns: int
    phase: LoadPhase
    paused: bool = False
    elapsed_ns: int = 0
    """Since the first measured request was sent."""
    concurrency: int | None = None
    """Workers wanted (closed loop)."""
    rate: float | None = None
    """Requests per second wanted (open loop)."""
    in_flight: int = 0
    by_server: tuple[int, ...] = ()
    """Of those in flight: at each server of a fleet, in the order of their addresses."""
    beside: int = 0
    """Of those in flight: a neighbour's."""
    queued: int = 0
    """Sent, no headers yet."""
    prefilling: int = 0
    """Headers, no token yet."""
    decoding: int = 0
    sent: int = 0
    completed: int = 0
    empty: int = 0
    """Completed without any content."""
    failed: int = 0
    cancelled: int = 0
    dropped: int = 0
    """Open loop: arrivals over max_in_flight."""
    by_error: dict[str, int] = msgspec.field(default_factory=dict)
    planned: int | None = None
    """Requests the scenario asks for."""
    output_tps: float | None = None
    """Output tokens received in the last second (estimate from events, corrected by the server's counts)."""
    window_ns: int = 0
    """How much there has been of the measured window."""
    window_tokens: float = 0.0
    """Output tokens that came in it, of every request (estimated likewise)."""
    prefill_tps: float | None = None
    """Prompt tokens computed per second of prefill, by the requests that ended in the last 30 s."""
    output_tokens: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    ttft: Histogram = msgspec.field(default_factory=Histogram)
    queue_wait: Histogram = msgspec.field(default_factory=Histogram)
    prefill_ms: Histogram = msgspec.field(default_factory=Histogram)
    overhead: Histogram = msgspec.field(default_factory=Histogram)
    itl: Histogram = msgspec.field(default_factory=Histogram)
    icl: Histogram = msgspec.field(default_factory=Histogram)
    request_latency: Histogram = msgspec.field(default_factory=Histogram)
    slo: tuple[SloState, ...] = ()
    client_cpu_fraction: float | None = None
    """CPU of the load process over wall time since the last snapshot, 1.0 = one core."""
    loop_lag_ms_p99: float | None = None
    read_late_ms_p99: float | None = None
    """From the kernel's stamp of what came to our read of it."""
    kernel_stamps: int = 0
    """Reads stamped by the kernel."""
    own_stamps: int = 0
    """Reads stamped when they were read."""
    warnings: tuple[str, ...] = ()


def speed_of_run(live: LiveSnapshot) -> float | None:
    """Output tokens a second of the measured window so far; of older runs those of ended requests."""
    tokens, span_ns = live.window_tokens, live.window_ns
    if not span_ns:
        tokens, span_ns = live.output_tokens, live.elapsed_ns
    return tokens / span_ns * 1e9 if tokens and span_ns else None
