"""Every metric, one row each: CLI, report, help and README take name, unit and formula from here.

A value that is not defined for a request (no second token, no server timings) is None and is not
counted; it never becomes 0. Times are milliseconds, from integer nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from rocmtui.core.request import values
from rocmtui.core.request.record import RequestRecord

Better = Literal["lower", "higher"]
RequestValue = Callable[[RequestRecord], float | None]


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


REQUEST_METRICS: tuple[Metric, ...] = (
    Metric(
        tag="ttft",
        title="time to first token",
        unit="ms",
        formula="first content, reasoning or tool-call delta − sent; role and progress chunks never count",
        value=values.ttft,
    ),
    Metric(
        tag="ttft_scheduled",
        title="time to first token from the plan",
        unit="ms",
        formula="first token − scheduled time (open loop; shows coordinated omission)",
        value=values.ttft_scheduled,
    ),
    Metric(
        tag="queue_wait",
        title="queue on the server",
        unit="ms",
        formula="response headers − sent, at most ttft − prefill_ms (llama-server sends headers when a slot "
        "starts; builds since 2026-05)",
        value=values.queue_wait,
    ),
    Metric(
        tag="prefill_ms",
        title="prefill on the server",
        unit="ms",
        formula="the server's timings.prompt_ms: first batch to first sampled token",
        value=values.prefill_ms,
    ),
    Metric(
        tag="overhead",
        title="rest of TTFT",
        unit="ms",
        formula="ttft − queue_wait − prefill_ms: transport and client",
        value=values.overhead,
    ),
    Metric(
        tag="itl",
        title="inter-token latency",
        unit="ms",
        formula="(last token − first token) / (output_tokens − 1); undefined below 2 tokens, or all at once",
        value=values.itl,
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
        value=values.stall,
    ),
    Metric(
        tag="tool_call",
        title="time to the complete tool call",
        unit="ms",
        formula="last event of a reply whose calls of tools all parse − sent: they can be carried out then",
        value=values.tool_call,
    ),
    Metric(
        tag="request_latency",
        title="whole request",
        unit="ms",
        formula="last byte − sent",
        value=values.request_latency,
    ),
    Metric(
        tag="connect",
        title="connecting",
        unit="ms",
        formula="time to open the connection; not part of ttft",
        value=values.connect,
    ),
    Metric(
        tag="network_rtt",
        title="round trip of the network",
        unit="ms",
        formula="the kernel's smoothed round trip of the request's connection (TCP_INFO); a part of ttft, "
        "shown and never subtracted",
        value=values.network_rtt,
    ),
    Metric(
        tag="network_rtt_min",
        title="smallest round trip",
        unit="ms",
        formula="the smallest round trip of the request's connection: what the wire takes at least",
        value=values.network_rtt_min,
    ),
    Metric(
        tag="schedule_lag",
        title="delay of the client",
        unit="ms",
        formula="sent − scheduled time (open loop)",
        value=values.schedule_lag,
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
        value=values.output_tps_per_request,
    ),
    Metric(
        tag="prefill_tps",
        title="prefill speed",
        unit="tok/s",
        formula="the server's prompt_n / prompt_ms; cached tokens excluded",
        value=values.prefill_tps,
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
