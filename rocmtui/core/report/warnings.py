"""Reasons not to trust a run, or to read it with care, in plain words."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from rocmtui.core.load.scenario import OpenLoop, Scenario
from rocmtui.core.report.audit import Audit
from rocmtui.core.report.document import ErrorGroup
from rocmtui.core.report.steady_state import Parts
from rocmtui.core.stats.quantiles import Summary
from rocmtui.core.text.sanitize import clean_line

CPU_LIMIT = 0.7
"""A client busier than this share of a core may be what is being measured."""
CPU_SECONDS = 2.0
"""In less time the start of the process is most of what it used."""
LAG_LIMIT_MS = 5.0
DECODE_LIMIT = 0.02
"""Client and server clocks agree to 0.005 when all is well."""
TOKEN_LIMIT = 0.005
CACHED_LIMIT = 0.02
RATE_LIMIT = 0.95
MOST_KINDS = 3
FEW, ENOUGH_FOR_P99 = 20, 100
WAVE_LIMIT = 1.5
"""The wave's median TTFT over the steady state's."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the checks look at."""

    scenario: Scenario | None
    audit: Audit
    metrics: dict[str, Summary]
    parts: Parts
    sent: int
    completed: int
    failed: int
    errors: tuple[ErrorGroup, ...]
    dropped: int
    changes: tuple[str, ...] = ()
    """What was changed by hand while the load ran."""
    warmup_failed: int
    send_seconds: float | None
    """First to last measured request sent."""
    prompt_lengths: tuple[int, int] | None
    has_end: bool
    """Whether the load processes told how they ended."""
    client_seconds: float
    """How long the longest load process ran."""


def find_warnings(evidence: Evidence) -> tuple[str, ...]:
    """Everything the reader of the figures should know, worst first."""
    found = (check(evidence) for check in _CHECKS)
    return tuple(text for text in found if text)


def percent(share: float) -> str:
    """`12 %`, `0.4 %`."""
    value = share * 100
    return f"{value:.0f} %" if value >= 10 or value == int(value) else f"{value:.1f} %"


def _cut_off(evidence: Evidence) -> str | None:
    if evidence.has_end:
        return None
    return "the run was cut off: what was saved until then is reported; how busy the client was is unknown"


def _errors(evidence: Evidence) -> str | None:
    if not evidence.failed:
        return None
    shown = "; ".join(map(_error_text, evidence.errors[:MOST_KINDS]))
    more = len(evidence.errors) - MOST_KINDS
    rest = f"; and {more} other kind{'s' * (more > 1)}" if more > 0 else ""
    return f"{evidence.failed} of {evidence.sent} requests failed: {shown}{rest}"


def _error_text(group: ErrorGroup) -> str:
    told = clean_line(group.message, 160)
    said = f"{told}; {group.remedy}" if group.remedy else told
    return f"{group.count} {group.kind} ({said})"


def _warmup_errors(evidence: Evidence) -> str | None:
    count = evidence.warmup_failed
    return f"{count} warm-up request{'s' * (count > 1)} failed" if count else None


def _client_busy(evidence: Evidence) -> str | None:
    share = evidence.audit.client_cpu_fraction
    if share is None or share <= CPU_LIMIT or evidence.client_seconds < CPU_SECONDS:
        return None
    return (
        f"the client used {percent(share)} of a core: its own delay may be in the latencies; "
        "spread the load with --processes"
    )


def _loop_late(evidence: Evidence) -> str | None:
    lag = evidence.audit.loop_lag_ms_p99
    if lag is None or lag <= LAG_LIMIT_MS:
        return None
    return f"the client ran late by {lag:.1f} ms at p99: latencies are that uncertain; is the machine busy?"


def _clocks(evidence: Evidence) -> str | None:
    share = evidence.audit.server_decode_disagreement
    if share is None or share <= DECODE_LIMIT:
        return None
    return f"client and server disagree on the decode time by {percent(share)} (0.5 % is usual)"


def _tokens(evidence: Evidence) -> str | None:
    share = evidence.audit.token_count_disagreement
    if share is None or share <= TOKEN_LIMIT:
        return None
    return f"the server's token counts disagree with each other by {percent(share)}"


def _stale(evidence: Evidence) -> str | None:
    count = evidence.audit.stale_connections
    if not count:
        return None
    return f"{count} connection{'s' * (count > 1)} died before the first byte and had to be made again"


def _cached(evidence: Evidence) -> str | None:
    share = evidence.audit.cached_fraction
    if share is None or share <= CACHED_LIMIT:
        return None
    wanted = evidence.scenario is not None and evidence.scenario.cache_prompt
    advice = "" if wanted else "; --no-cache-prompt and a nonce should have prevented it"
    what = f"{percent(share)} of the prompt tokens came from the server's cache"
    return f"{what}: TTFT is not that of cold prompts{advice}"


def _not_reused(evidence: Evidence) -> str | None:
    scenario, cached = evidence.scenario, evidence.metrics.get("cached_tokens")
    if scenario is None or cached is None or not scenario.cache_prompt:
        return None
    shared = scenario.prompt.shared_prefix_tokens
    if not shared or cached.p90 >= shared / 2:
        return None
    return (
        f"prompts share {shared} tokens and the server's cache gave back {cached.p90:.0f} of them (p90): a "
        f"model with sliding-window attention needs --swa-full for that"
    )


def _prompt_length(evidence: Evidence) -> str | None:
    asked = evidence.scenario.prompt.tokens if evidence.scenario else None
    if asked is None or evidence.prompt_lengths in (None, (asked, asked)):
        return None
    low, high = evidence.prompt_lengths or (asked, asked)
    got = str(low) if low == high else f"{low} to {high}"
    return f"prompts of {asked} tokens were asked for, the server counted {got}"


def _rate(evidence: Evidence) -> str | None:
    shape = evidence.scenario.shape if evidence.scenario else None
    if (
        not isinstance(shape, OpenLoop)
        or evidence.dropped
        or evidence.changes
        or not evidence.send_seconds
        or evidence.sent < FEW
    ):
        return None
    if evidence.scenario is not None and evidence.scenario.ramp_s:
        return None
    rate = (evidence.sent - 1) / evidence.send_seconds
    chance = 3 / math.sqrt(evidence.sent) if shape.arrivals == "poisson" else 0.0
    if rate >= shape.rate * (RATE_LIMIT - chance):
        return None
    return f"{rate:.2f} requests a second were sent of the {shape.rate:g} asked for"


def _changed(evidence: Evidence) -> str | None:
    if not evidence.changes:
        return None
    told = ", ".join(map(clean_line, evidence.changes[:MOST_KINDS]))
    more = ", ..." if len(evidence.changes) > MOST_KINDS else ""
    return f"the load was changed while it ran ({told}{more}): the figures are of different loads, mixed"


def _schedule_lag(evidence: Evidence) -> str | None:
    lag = evidence.metrics.get("schedule_lag")
    if lag is None or lag.p99 <= 2 * LAG_LIMIT_MS:
        return None
    return f"requests were sent up to {lag.p99:.0f} ms (p99) later than planned: read ttft_scheduled"


def _dropped(evidence: Evidence) -> str | None:
    count = evidence.dropped
    if not count:
        return None
    return f"{count} planned request{'s' * (count > 1)} dropped: too many were open at once"


def _few(evidence: Evidence) -> str | None:
    count = evidence.completed
    if not count or count >= ENOUGH_FOR_P99:
        return None
    if count < FEW:
        return f"only {count} request{'s' * (count > 1)} completed: percentiles above the median say little"
    return f"{count} requests completed: p99 is in effect the slowest one"


def _wave(evidence: Evidence) -> str | None:
    wave, steady = evidence.parts.wave, evidence.parts.steady
    if wave is None:
        return None
    advice = f"add --warmup {wave.requests}"
    if steady is None:
        if evidence.completed <= 1:
            return None
        return f"every request was sent in the start-up wave, so there is no steady state: {advice}"
    early, late = wave.metrics.get("ttft"), steady.metrics.get("ttft")
    if early is None or late is None or early.p50 <= late.p50 * WAVE_LIMIT:
        return None
    return (
        f"the start-up wave ({wave.requests} of {evidence.completed} requests) waited {early.p50:.0f} ms for "
        f"the first token (median), later requests {late.p50:.0f} ms: read steady_state, or {advice}"
    )


_CHECKS: tuple[Callable[[Evidence], str | None], ...] = (
    _cut_off,
    _changed,
    _errors,
    _warmup_errors,
    _client_busy,
    _loop_late,
    _clocks,
    _tokens,
    _cached,
    _not_reused,
    _prompt_length,
    _rate,
    _schedule_lag,
    _dropped,
    _wave,
    _few,
    _stale,
)
