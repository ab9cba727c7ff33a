"""The figures of a trace, as `rocmtui trace info` prints them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from rocmtui.core.load.traces.survey import LeftOut, Survey
from rocmtui.core.stats.quantiles import quantile
from rocmtui.core.text import blocks, forms

SCHEMA = "rocmtui.trace/1"
SHARES = (0.5, 0.9, 0.99, 1.0)
ARRIVAL_BINS = 60
BAR_CELLS = 30
LENGTH_BINS = tuple(1 << power for power in range(6, 21))
"""Upper ends of the stretches in which lengths are counted."""


class Lengths(msgspec.Struct, frozen=True):
    """Tokens at some quantiles, and how many requests are below each of LENGTH_BINS and the one after."""

    p50: float
    p90: float
    p99: float
    max: float
    below: dict[str, int]


class TraceFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a trace holds."""

    schema: str = SCHEMA
    format: str
    requests: int
    sessions: int
    span_s: float | None
    """None where the trace does not say when its requests came."""
    requests_per_second: float | None
    block_tokens: int | None
    reused_share: float | None
    """Of the prompt tokens, in a prompt that came before; None: the trace does not say what is shared."""
    prompt_tokens: Lengths
    output_tokens: Lengths
    context_tokens: Lengths
    arrivals: tuple[int, ...]
    """Requests in each of ARRIVAL_BINS equal stretches of the span."""
    too_long: LeftOut
    not_drawn: LeftOut
    failed: int


def figures_of(survey: Survey, block_tokens: int) -> TraceFigures:
    """The figures of a survey that holds at least one request."""
    contexts = [p + o for p, o in zip(survey.prompts, survey.outputs, strict=True)]
    timed = survey.rate is not None
    return TraceFigures(
        format=survey.name,
        requests=survey.requests,
        sessions=survey.sessions,
        span_s=survey.span_s if timed else None,
        requests_per_second=survey.rate,
        block_tokens=block_tokens or None,
        reused_share=survey.reusable_tokens / survey.prompt_tokens if survey.knows_reuse else None,
        prompt_tokens=_lengths(survey.prompts),
        output_tokens=_lengths(survey.outputs),
        context_tokens=_lengths(contexts),
        arrivals=tuple(survey.arrivals(ARRIVAL_BINS)) if timed else (),
        too_long=survey.too_long,
        not_drawn=survey.not_drawn,
        failed=survey.failed,
    )


def headline(figures: TraceFigures) -> str:
    """`Mooncake: 23,608 requests in 23,608 sessions over 3,600 s, 6.56 a second`."""
    requests, sessions = forms.plural(figures.requests, "request"), forms.plural(figures.sessions, "session")
    text = f"{figures.format}: {requests} in {sessions}"
    if figures.span_s is None:
        return f"{text}, without a time for each: its sessions are sent by --concurrency workers"
    return (
        f"{text} over {forms.duration(figures.span_s)}, {forms.figure(figures.requests_per_second)} a second"
    )


def reuse_words(figures: TraceFigures) -> str:
    """How much of the prompts came before."""
    if figures.reused_share is None:
        return "it does not say what its prompts share: each is made of words of its own"
    blocks_of = f" (blocks of {figures.block_tokens} tokens)" if figures.block_tokens else " (by session)"
    share = forms.share(figures.reused_share)
    return (
        f"{share} of the prompt tokens stood in a prompt before{blocks_of}: what an endless cache could give"
    )


def arrivals_line(figures: TraceFigures) -> str:
    """Arrivals over time as bars, and the highest of them."""
    most = max(figures.arrivals)
    bars = blocks.sparkline([amount / most for amount in figures.arrivals])
    each_s = (figures.span_s or 0.0) / len(figures.arrivals)
    return f"{bars}  up to {forms.count(most)} in {forms.figure(each_s)} s"


def length_rows(lengths: Lengths) -> list[tuple[str, str, str]]:
    """Stretch, bar and number of requests, from the first stretch that has any to the last."""
    amounts = list(lengths.below.items())
    held = [index for index, (_, amount) in enumerate(amounts) if amount]
    most = max(amount for _, amount in amounts)
    return [
        (f"below {end}", "".join(blocks.row_line(amount / most, BAR_CELLS)).rstrip(), forms.count(amount))
        for end, amount in amounts[held[0] : held[-1] + 1]
    ]


def _lengths(values: Sequence[int]) -> Lengths:
    ascending = sorted(values)
    below = dict.fromkeys((*(forms.count(end) for end in LENGTH_BINS), "any"), 0)
    names = list(below)
    for value in values:
        below[names[bisect_right(LENGTH_BINS, value)]] += 1
    p50, p90, p99, most = (quantile(ascending, share) for share in SHARES)
    return Lengths(p50, p90, p99, most, below)


def left_out_words(survey: Survey) -> list[str]:
    """What of a trace is not sent, in shares."""
    told = []
    if survey.too_long.requests:
        told.append(f"left out over --max-context: {_share(survey.too_long, survey)}")
    if survey.not_drawn.requests:
        told.append(f"left out by --sessions: {_share(survey.not_drawn, survey)}")
    if survey.failed:
        told.append(f"passed over, failed when recorded: {forms.plural(survey.failed, 'request')}")
    return told


def _share(left: LeftOut, survey: Survey) -> str:
    """`312 of 23,608 requests (1.3 %), with 18 % of the prompt tokens`."""
    requests = survey.requests + survey.too_long.requests + survey.not_drawn.requests
    tokens = survey.prompt_tokens + survey.too_long.tokens + survey.not_drawn.tokens
    shares = forms.share(left.requests / requests), forms.share(left.tokens / tokens)
    of_all = f"{forms.count(left.requests)} of {forms.count(requests)} requests"
    return f"{of_all} ({shares[0]}), with {shares[1]} of the prompt tokens"
