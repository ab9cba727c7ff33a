"""What one request comes to, metric by metric, from its record.

A value that is not defined for a request (no second token, no server timings) is None; it never becomes 0.
Times are milliseconds, from integer nanoseconds.
"""

from __future__ import annotations

from rocmtui.core.request.record import RequestRecord

LATE_HEADERS_MS = 5.0
"""Headers and prefill together may exceed TTFT by this much before the headers count as late."""


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
