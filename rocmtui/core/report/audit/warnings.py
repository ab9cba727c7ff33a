"""Reasons not to trust a run, or to read it with care, in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rocmtui.core.load.scenario import WHOLE, OpenLoop, Scenario
from rocmtui.core.report.audit.figures import Audit
from rocmtui.core.report.audit.stamps import OWN_LIMIT, lag_that_matters
from rocmtui.core.report.errors import ErrorGroup, RequestCounts
from rocmtui.core.report.steady_state import Parts
from rocmtui.core.session.marks import changes_words
from rocmtui.core.stats.quantiles import Summary
from rocmtui.core.text import forms
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
CHANCE_LIMIT = 0.05
"""A tail is made of lost packets where so many of them would be among the slowest more seldom than this."""
FAILED_LIMIT = 0.01
DEPTH_KEPT = 0.95
"""Share of a context filled once that must come from the cache."""
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
    requests: RequestCounts
    grew: tuple[float, float] | None = None
    """Latency at the beginning and at the end, in ms, of a run through which it grew."""
    capacity: float | None = None
    """Requests per second completed in the window."""
    drafted: bool = False
    """Whether the server drafted."""
    changes: tuple[str, ...] = ()
    """What was changed by hand while the load ran."""
    warmup_failed: int
    send_seconds: float | None
    """First to last measured request sent."""
    prompt_lengths: tuple[int, int] | None
    lossy_ms: Mapping[str, Sequence[float]] = {}
    """By metric: the values of completed requests whose connection lost a packet."""
    has_end: bool
    """Whether the load processes told how they ended."""
    client_seconds: float
    """How long the longest load process ran."""


def find_warnings(evidence: Evidence) -> tuple[str, ...]:
    """Everything the reader of the figures should know, worst first."""
    return tuple(text for check in _CHECKS for text in check(evidence))


def _whole_run(evidence: Evidence) -> Iterator[str]:
    if not evidence.has_end:
        yield "the run was cut off: what was saved until then is reported; how busy the client was is unknown"
    if evidence.changes:
        told = changes_words(evidence.changes)
        yield f"the load was changed while it ran ({told}): the figures are of different loads, mixed"


def _overload(evidence: Evidence) -> Iterator[str]:
    if evidence.grew is not None:
        first, last = map(forms.ms, evidence.grew)
        served = f", it completed {forms.figure(evidence.capacity)} requests/s" if evidence.capacity else ""
        what = f"the server is over its capacity{served}"
        sure = "a fifth of the capacity to spare"
        if evidence.scenario and not isinstance(evidence.scenario.shape, OpenLoop):
            # No more are ever under way than there are workers: it is not a queue that grows.
            what = f"with no more requests at a time, the server slows down (heat? longer prompts?){served}"
            sure = "a steady server"
        yield (
            f"latency grew through the run from {first} to {last}: {what}; there is no steady "
            f"state (said in error of at most 5 % of runs with {sure})"
        )


def _failures(evidence: Evidence) -> Iterator[str]:
    requests = evidence.requests
    if requests.failed:
        shown = "; ".join(map(_error_text, requests.errors[:MOST_KINDS]))
        more = len(requests.errors) - MOST_KINDS
        rest = f"; and {more} other kind{'s' * (more > 1)}" if more > 0 else ""
        yield f"{requests.failed} of {requests.sent} requests failed: {shown}{rest}"
        if requests.completed and (requests.error_rate or 0.0) > FAILED_LIMIT:
            yield "the percentiles shown are those of the requests that completed; SLOs count the others too"
    if requests.empty:
        yield f"{requests.empty} of {requests.completed} replies had no content: they are within no SLO"
    if count := evidence.warmup_failed:
        yield f"{count} warm-up request{'s' * (count > 1)} failed"


def _error_text(group: ErrorGroup) -> str:
    told = clean_line(group.message, 160)
    said = f"{told}; {group.remedy}" if group.remedy else told
    return f"{group.count} {group.kind} ({said})"


def _client(evidence: Evidence) -> Iterator[str]:
    share, stamps = evidence.audit.client_cpu_fraction, evidence.audit.stamps
    lag = lag_that_matters(evidence.audit.loop_lag_ms_p99, stamps)
    if share is not None and share > CPU_LIMIT and evidence.client_seconds >= CPU_SECONDS:
        timed = stamps is not None and stamps.own_share <= OWN_LIMIT
        what = "it may send later than it should" if timed else "its own delay may be in the latencies"
        yield f"the client used {forms.share(share)} of a core: {what}; spread the load with --processes"
    if lag is not None and lag > LAG_LIMIT_MS:
        late = forms.ms(lag)
        yield f"the client ran late by {late} at p99: latencies are that uncertain; is the machine busy?"


def _network(evidence: Evidence) -> Iterator[str]:
    for tag, lossy in evidence.lossy_ms.items():
        summary = evidence.metrics.get(tag)
        if summary is None:
            continue
        slow = sum(value >= summary.p99 for value in lossy)
        slowest = math.ceil(summary.count / 100)
        if slow * 2 > slowest and _by_chance(slow, slowest, len(lossy) / summary.count) < CHANCE_LIMIT:
            yield (
                f"{slow} of the {slowest} slowest by {tag} lost a packet, sent again later: that tail "
                f"({tag} p99 {forms.ms(summary.p99)}) is the network's, not the server's"
            )


def _by_chance(hits: int, trials: int, share: float) -> float:
    """How probable so many hits or more are, where each is one with this probability."""
    shares = (math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(hits, trials + 1))
    return math.fsum(shares)


def _both_sides(evidence: Evidence) -> Iterator[str]:
    decode, tokens = evidence.audit.server_decode_disagreement, evidence.audit.token_count_disagreement
    if decode is not None and decode > DECODE_LIMIT:
        yield f"client and server disagree on the decode time by {forms.share(decode)} (0.5 % is usual)"
    if tokens is not None and tokens > TOKEN_LIMIT:
        yield f"the server's token counts disagree with each other by {forms.share(tokens)}"


def _counts(evidence: Evidence) -> Iterator[str]:
    audit, all_ = evidence.audit, evidence.requests.completed
    if count := audit.more_text_than_tokens:
        yield (
            f"{count} of {all_} replies had more events with text than tokens counted: reasoning may be left "
            "out of the count, or a proxy speaks in between"
        )
    if count := audit.tokens_without_text:
        yield f"{count} of {all_} replies had tokens counted and no text"
    if count := audit.uncounted_replies:
        yield f"the server did not count the tokens of {count} of {all_} replies: their events are counted"
    if count := audit.odd_figures:
        yield f"{count} of {all_} replies had counts or times that cannot be: those are left out"
    if count := audit.bursts:
        yield (
            f"{count} of {all_} replies came in one piece or two: the speeds of single replies (itl, icl, "
            "output_tps_per_request) are those of a proxy; read the output speed of the whole run"
        )


def _cache(evidence: Evidence) -> Iterator[str]:
    share, scenario = evidence.audit.cached_fraction, evidence.scenario
    if scenario is not None and (scenario.conversations or scenario.trace):
        return  # there the cache is what is looked at, turn by turn
    wanted = scenario is not None and scenario.cache_prompt
    depth = scenario.prompt.depth_tokens if scenario is not None else 0
    if share is not None and share > CACHED_LIMIT and not depth:
        advice = "" if wanted else "; --no-cache-prompt and a nonce should have prevented it"
        what = f"{forms.share(share)} of the prompt tokens came from the server's cache"
        yield f"{what}: TTFT is not that of cold prompts{advice}"
    cached, shared = evidence.metrics.get("cached_tokens"), scenario and scenario.prompt.shared_prefix_tokens
    if depth and cached is not None and cached.p50 < DEPTH_KEPT * depth:
        yield (
            f"the context of {forms.count(depth)} tokens was to be filled once and the server's cache kept "
            f"{forms.figure(cached.p50)} of them (median): prompts were computed whole, TTFT is that of all"
        )
    elif wanted and cached is not None and shared and cached.p90 < shared / 2:
        given = forms.figure(cached.p90)
        yield (
            f"prompts share {shared} tokens and the server's cache gave back {given} of them (p90): "
            "a model with sliding-window attention needs --swa-full for that"
        )


def _prompt_length(evidence: Evidence) -> Iterator[str]:
    scenario = evidence.scenario
    asked = scenario.prompt.tokens if scenario and scenario.endpoint not in WHOLE else None
    if asked is not None and evidence.prompt_lengths not in (None, (asked, asked)):
        low, high = evidence.prompt_lengths
        got = str(low) if low == high else f"{low} to {high}"
        yield f"prompts of {asked} tokens were asked for, the server counted {got}"


def _draft(evidence: Evidence) -> Iterator[str]:
    scenario = evidence.scenario
    if evidence.drafted and scenario is not None and scenario.prompt.tokens is not None:
        yield (
            "the prompts are random words, of which a draft guesses less than of what people write: its "
            "acceptance is not that of your work; give --dataset, or bench --draft-sweep"
        )


def _plan(evidence: Evidence) -> Iterator[str]:
    scenario, dropped = evidence.scenario, evidence.requests.dropped
    shape = scenario.shape if scenario and not scenario.ramp_s else None
    even = not dropped and not evidence.changes and evidence.requests.sent >= FEW
    if isinstance(shape, OpenLoop) and shape.arrivals != "trace" and even and evidence.send_seconds:
        rate = (evidence.requests.sent - 1) / evidence.send_seconds
        chance = 3 / math.sqrt(evidence.requests.sent) if shape.arrivals == "poisson" else 0.0
        if rate < shape.rate * (RATE_LIMIT - chance):
            yield f"{forms.figure(rate)} requests a second were sent of the {shape.rate:g} asked for"
    lag = evidence.metrics.get("schedule_lag")
    if lag is not None and lag.p99 > 2 * LAG_LIMIT_MS:
        yield f"requests were sent up to {forms.ms(lag.p99)} (p99) later than planned: read ttft_scheduled"
    if dropped:
        yield f"{dropped} planned request{'s' * (dropped > 1)} dropped: too many were open at once"


def _wave(evidence: Evidence) -> Iterator[str]:
    wave, steady = evidence.parts.wave, evidence.parts.steady
    if wave is None or evidence.grew is not None:
        return
    advice = f"add --warmup {wave.requests}"
    if steady is None:
        if evidence.requests.completed > 1:
            yield f"every request was sent in the start-up wave, so there is no steady state: {advice}"
        return
    early, late = wave.metrics.get("ttft"), steady.metrics.get("ttft")
    if early is not None and late is not None and early.p50 > late.p50 * WAVE_LIMIT:
        waited, then = forms.ms(early.p50), forms.ms(late.p50)
        yield (
            f"the start-up wave ({wave.requests} of {evidence.requests.completed} requests) waited {waited} "
            f"for the first token (median), later requests {then}: read steady_state, or {advice}"
        )


def _few(evidence: Evidence) -> Iterator[str]:
    count = evidence.requests.completed
    if 0 < count < FEW:
        yield f"only {count} request{'s' * (count > 1)} completed: percentiles above the median say little"
    elif FEW <= count < ENOUGH_FOR_P99:
        yield f"{count} requests completed: p99 is in effect the slowest one"


def _stale(evidence: Evidence) -> Iterator[str]:
    if count := evidence.audit.stale_connections:
        yield f"{count} connection{'s' * (count > 1)} died before the first byte and had to be made again"


_CHECKS = (
    *(_whole_run, _overload, _failures, _client, _network, _both_sides, _counts),
    *(_cache, _prompt_length, _draft, _plan, _wave, _few, _stale),
)
