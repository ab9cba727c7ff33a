"""Every metric, one row each: CLI, report, help and README take name, unit and formula from here.

A value that is not defined for a request (no second token, no server timings) is None and is not
counted; it never becomes 0. Times are milliseconds, from integer nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from rocmtui.core.request.record import RequestRecord

Better = Literal["lower", "higher"]
RequestValue = Callable[[RequestRecord], float | None]

LATE_HEADERS_MS = 5.0
"""Headers and prefill together may exceed TTFT by this much before the headers count as late."""


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table."""

    tag: str
    title: str
    unit: str
    """`ms`, `tok`, `tok/s`, `req/s`, `inputs/s` or `fraction`."""
    formula: str
    value: RequestValue | None = None
    """Its value for one request; None for figures of a whole run and for pooled ones."""

    @property
    def better(self) -> Better | None:
        """Times and failures are better low, speeds high; a length is neither in itself."""
        return _BETTER.get(self.unit)


_BETTER: dict[str, Better] = {
    "ms": "lower",
    "fraction": "lower",
    "tok/s": "higher",
    "req/s": "higher",
    "inputs/s": "higher",
}


def _between(start_ns: int | None, end_ns: int | None) -> float | None:
    return None if start_ns is None or end_ns is None else (end_ns - start_ns) / 1e6


def ttft(record: RequestRecord) -> float | None:
    """Milliseconds from the request's bytes on the wire to its first token."""
    return _between(record.sent_ns, record.first_token_ns)


def ttft_scheduled(record: RequestRecord) -> float | None:
    """TTFT counted from the planned time; open loop only."""
    return _between(record.scheduled_ns, record.first_token_ns)


def prefill_ms(record: RequestRecord) -> float | None:
    """Prefill by the server's clock."""
    return record.timings.prompt_ms if record.timings else None


def queue_wait(record: RequestRecord) -> float | None:
    """Milliseconds until the server gave the request a slot.

    A busy server flushes headers after prefill began; no request queued for longer than prefill leaves of
    its TTFT. None where the headers came so late that they cannot mark the slot's start: builds before
    2026-05 send them with the first token.
    """
    if record.inputs:
        return None  # such headers come with the reply
    wait, first, prefill = _between(record.sent_ns, record.headers_ns), ttft(record), prefill_ms(record)
    if wait is not None and first is not None and prefill is not None:
        slack = max(LATE_HEADERS_MS, prefill / 2)
        if wait + prefill > first + slack:
            return None
        return min(wait, max(first - prefill, 0.0))
    return wait


def overhead(record: RequestRecord) -> float | None:
    """What is left of TTFT after queue and prefill, to the nanosecond; the three add up to TTFT."""
    first, wait, prefill = ttft(record), queue_wait(record), prefill_ms(record)
    return None if first is None or wait is None or prefill is None else round(first - wait - prefill, 6)


def itl(record: RequestRecord) -> float | None:
    """Mean gap between tokens; None below 2 tokens or when all came in one piece or two."""
    decode = _between(record.first_token_ns, record.last_token_ns)
    if not decode or record.in_a_burst or record.output_tokens is None or record.output_tokens < 2:
        return None
    return decode / (record.output_tokens - 1)


def stall(record: RequestRecord) -> float | None:
    """Milliseconds of its longest stall, 0 without one; None where its gaps cannot be told."""
    stalls = record.stalls
    return None if stalls is None else max((end - start for start, end in stalls), default=0) / 1e6


def request_latency(record: RequestRecord) -> float | None:
    """Milliseconds from the request's bytes on the wire to the last byte of the reply."""
    return _between(record.sent_ns, record.done_ns)


def tool_call(record: RequestRecord) -> float | None:
    """Milliseconds to the end of the last call of a tool; None where there is none, or not all of one."""
    complete = record.tool_calls and record.tool_calls_parsed == record.tool_calls
    return _between(record.sent_ns, record.last_token_ns) if complete else None


def connect(record: RequestRecord) -> float | None:
    """Milliseconds to open the connection."""
    return None if record.connect_ns is None else record.connect_ns / 1e6


def network_rtt(record: RequestRecord) -> float | None:
    """Milliseconds to the server and back, smoothed by the kernel."""
    return _milliseconds(record.network.rtt_us) if record.network else None


def network_rtt_min(record: RequestRecord) -> float | None:
    """Milliseconds to the server and back at least: one of them is in each TTFT."""
    return _milliseconds(record.network.rtt_min_us) if record.network else None


def _milliseconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / 1e3


def schedule_lag(record: RequestRecord) -> float | None:
    """Milliseconds the client sent later than planned; open loop only."""
    return _between(record.scheduled_ns, record.sent_ns)


def output_tps_per_request(record: RequestRecord) -> float | None:
    """Tokens a second one request saw while it was decoding."""
    gap = itl(record)
    return 1e3 / gap if gap else None


def prefill_tps(record: RequestRecord) -> float | None:
    """Prompt tokens computed a second, cached ones excluded."""
    timings = record.timings
    return timings.prompt_n / timings.prompt_ms * 1e3 if timings and timings.prompt_ms > 0 else None


REQUEST_METRICS: tuple[Metric, ...] = (
    Metric(
        tag="ttft",
        title="time to first token",
        unit="ms",
        formula="first content, reasoning or tool-call delta − sent; role and progress chunks never count",
        value=ttft,
    ),
    Metric(
        tag="ttft_scheduled",
        title="time to first token from the plan",
        unit="ms",
        formula="first token − scheduled time (open loop; shows coordinated omission)",
        value=ttft_scheduled,
    ),
    Metric(
        tag="queue_wait",
        title="queue on the server",
        unit="ms",
        formula="response headers − sent, at most ttft − prefill_ms (llama-server sends headers when a slot "
        "starts; builds since 2026-05)",
        value=queue_wait,
    ),
    Metric(
        tag="prefill_ms",
        title="prefill on the server",
        unit="ms",
        formula="the server's timings.prompt_ms: first batch to first sampled token",
        value=prefill_ms,
    ),
    Metric(
        tag="overhead",
        title="rest of TTFT",
        unit="ms",
        formula="ttft − queue_wait − prefill_ms: transport and client",
        value=overhead,
    ),
    Metric(
        tag="itl",
        title="inter-token latency",
        unit="ms",
        formula="(last token − first token) / (output_tokens − 1); undefined below 2 tokens, or all at once",
        value=itl,
    ),
    Metric(
        tag="icl",
        title="inter-chunk latency",
        unit="ms",
        formula="gaps between received content events, pooled over requests "
        "(percentiles within 0.5 %: from a histogram)",
    ),
    Metric(
        tag="stall",
        title="longest stall",
        unit="ms",
        formula="the longest gap between tokens that is over 10 times the stream's median one and over 200 "
        "ms; 0 without one (left out of the tables where no request has one)",
        value=stall,
    ),
    Metric(
        tag="tool_call",
        title="time to the complete tool call",
        unit="ms",
        formula="last event of a reply whose calls of tools all parse − sent: they can be carried out then",
        value=tool_call,
    ),
    Metric(
        tag="request_latency",
        title="whole request",
        unit="ms",
        formula="last byte − sent",
        value=request_latency,
    ),
    Metric(
        tag="connect",
        title="connecting",
        unit="ms",
        formula="time to open the connection; not part of ttft",
        value=connect,
    ),
    Metric(
        tag="network_rtt",
        title="round trip of the network",
        unit="ms",
        formula="the kernel's smoothed round trip of the request's connection (TCP_INFO); a part of ttft, "
        "shown and never subtracted",
        value=network_rtt,
    ),
    Metric(
        tag="network_rtt_min",
        title="smallest round trip",
        unit="ms",
        formula="the smallest round trip of the request's connection: what the wire takes at least",
        value=network_rtt_min,
    ),
    Metric(
        tag="schedule_lag",
        title="delay of the client",
        unit="ms",
        formula="sent − scheduled time (open loop)",
        value=schedule_lag,
    ),
    Metric(
        tag="prompt_tokens",
        title="prompt length",
        unit="tok",
        formula="prompt tokens, cached ones included, counted by the server",
        value=lambda record: record.prompt_tokens,
    ),
    Metric(
        tag="cached_tokens",
        title="prompt from cache",
        unit="tok",
        formula="prompt tokens the server took from its cache",
        value=lambda record: record.cached_tokens,
    ),
    Metric(
        tag="output_tokens",
        title="output length",
        unit="tok",
        formula="tokens generated, counted by the server",
        value=lambda record: record.output_tokens,
    ),
    Metric(
        tag="output_tps_per_request",
        title="decode speed of one request",
        unit="tok/s",
        formula="1 / itl",
        value=output_tps_per_request,
    ),
    Metric(
        tag="prefill_tps",
        title="prefill speed",
        unit="tok/s",
        formula="the server's prompt_n / prompt_ms; cached tokens excluded",
        value=prefill_tps,
    ),
)
"""Metrics of single requests, summarised over the measured requests that completed."""

RUN_METRICS: tuple[Metric, ...] = (
    Metric(
        tag="output_tps",
        title="output speed",
        unit="tok/s",
        formula="output tokens that came in the measured window, of every request / its length",
    ),
    Metric(
        tag="total_tps",
        title="total speed",
        unit="tok/s",
        formula="(prompt + output tokens) that came in the measured window, of every request / its length",
    ),
    Metric(
        tag="inputs_per_second",
        title="input speed",
        unit="inputs/s",
        formula="inputs embedded, or documents ranked, by the requests that completed in the measured window "
        "/ its length",
    ),
    Metric(
        tag="requests_per_second",
        title="request rate",
        unit="req/s",
        formula="measured requests completed (planned ones at any time, others in the window) / its length",
    ),
    Metric(
        tag="goodput",
        title="goodput",
        unit="req/s",
        formula="of those, the ones with content and within every SLO / measured window",
    ),
    Metric(
        tag="stall_share",
        title="decode time lost in stalls",
        unit="fraction",
        formula="stalls / (last − first token), both summed over the measured requests that completed",
    ),
    Metric(
        tag="error_rate",
        title="error rate",
        unit="fraction",
        formula="failed / (completed + failed) measured requests",
    ),
)
"""Figures of a whole run. The measured window lasts from the first measured request that was planned or
attempted to the end of measuring: the planned end of a duration, the last end of a count."""

METRICS: dict[str, Metric] = {metric.tag: metric for metric in (*REQUEST_METRICS, *RUN_METRICS)}
"""Every metric by its tag."""
