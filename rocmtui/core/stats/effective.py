"""How many independent trials a series of requests is worth.

Requests that ran side by side share their luck, and a request shares it with those before it: a queue that is
long now is long for the next one. So the values, in the order in which their requests were sent, are averaged
over blocks as long as there were requests at a time, and the blocks are divided by their autocorrelation
time: the greater of a first-order estimate, taken at the upper end of its own error, and of Geyer's initial
monotone sequence (C. Geyer, "Practical Markov Chain Monte Carlo", 1992). Both are corrected for the bias of
short series (F. Marriott, J. Pope, 1954).

A queue fed by an open loop remembers longer than a short series shows: its autocorrelation time at a
utilisation ρ is (2 + 5ρ - 4ρ² + ρ³) / ((1 - ρ)² (2 - ρ)) requests (W. Whitt, "Planning Queueing Simulations",
1989, for M/M/1), and at least that is taken, ρ being the upper end of what was seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from operator import mul

import msgspec

from rocmtui.core.stats.quantiles import mean

FEWEST = 10
"""Below so many effective trials an interval would promise what it cannot hold."""
MOST_BLOCKS = 1000
_UPPER = (1.64, 1.5)
"""How many standard errors above the estimated first-order correlation its upper end is taken: its one-sided
95 % bound where there is none, and more the more of it there is, where chance would be believed too often."""
_LOAD_UPPER = 3.0
"""The same of a utilisation."""


class Trials(msgspec.Struct, frozen=True, kw_only=True):
    """A series as independent trials."""

    blocks: tuple[float, ...]
    """Means of consecutive blocks of requests that ran at the same time."""
    count: float
    """Effective number of trials, at most the number of blocks."""

    @property
    def enough(self) -> bool:
        """Whether an interval may be taken."""
        return self.count >= FEWEST


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """How the requests of a series ran beside each other."""

    streams: float = 1.0
    """Requests under way at a time, on average."""
    utilisation: float | None = None
    """Open loop: the share of the server's slots in use, 0 to 1; None: a closed loop."""


ONE_AT_A_TIME = Together()


def together(spans: Sequence[tuple[int, int]], *, slots: int | None = None) -> Together:
    """From when requests were sent and done, in ns. `slots`: of an open loop's server, 1 where not known."""
    if not spans:
        return Together()
    whole_ns = max(done for _, done in spans) - min(sent for sent, _ in spans)
    streams = sum(done - sent for sent, done in spans) / whole_ns if whole_ns else float(len(spans))
    return Together(streams=streams, utilisation=_utilisation(spans, slots) if slots else None)


def _utilisation(spans: Sequence[tuple[int, int]], slots: int) -> float:
    """Share of the slots in use, from the first request sent to the last."""
    changes = sorted([(sent, 1) for sent, _ in spans] + [(done, -1) for _, done in spans])
    first, last = changes[0][0], max(sent for sent, _ in spans)
    used, under_way, before = 0, 0, first
    for at, change in changes:
        used += min(under_way, slots) * (min(at, last) - before)
        under_way, before = under_way + change, min(at, last)
    return used / slots / (last - first) if last > first else 1.0


def trials(values: Sequence[float], beside: Together = ONE_AT_A_TIME) -> Trials:
    """The trials of values in the order their requests were sent."""
    size = max(math.ceil(beside.streams - 0.5), 1)
    blocks = _blocks(values, max(size, math.ceil(len(values) / MOST_BLOCKS)))
    count = len(blocks)
    if count < FEWEST:
        return Trials(blocks=blocks, count=float(count))
    time = _autocorrelation_time(blocks)
    if beside.utilisation is not None and values:
        per_block = len(values) / count
        time = max(time, _queue_memory(beside.utilisation, len(values)) / per_block)
    return Trials(blocks=blocks, count=count / time)


def _blocks(values: Sequence[float], size: int) -> tuple[float, ...]:
    count = len(values) // size
    edges = [round(i * len(values) / count) for i in range(count + 1)] if count else []
    return tuple(mean(values[a:b]) for a, b in pairwise(edges))


def _autocorrelation_time(blocks: Sequence[float]) -> float:
    """Of the blocks, in blocks; at least 1."""
    n, centre = len(blocks), mean(blocks)
    off = [value - centre for value in blocks]
    scale = math.fsum(value * value for value in off)
    if scale <= n * (1e-12 * centre) ** 2:
        return 1.0
    first = _correlation(off, 1, scale)
    errors = _UPPER[0] + _UPPER[1] * max(first, 0.0)
    phi = first + (1 + 3 * first) / n + errors * math.sqrt(max(1 - first * first, 0.0) / n)
    phi = min(max(phi, 0.0), 0.999)
    return max((1 + phi) / (1 - phi), _initial_sequence(off, scale))


def _initial_sequence(off: Sequence[float], scale: float) -> float:
    n, total, least = len(off), 0.0, math.inf
    for lag in range(0, n - 1, 2):
        pair = _correlation(off, lag, scale) + _correlation(off, lag + 1, scale)
        if pair <= 0:
            break
        least = min(least, pair)
        total += least
    time = max(2 * total - 1, 1.0)
    return time / (1 - min(2 * time / n, 0.9))


def _correlation(off: Sequence[float], lag: int, scale: float) -> float:
    return math.fsum(map(mul, off, off[lag:])) / scale


def _queue_memory(utilisation: float, requests: int) -> float:
    """Autocorrelation time in requests; the error of a utilisation over n arrivals is ρ sqrt(2 / n)."""
    load = min(utilisation * (1 + _LOAD_UPPER * math.sqrt(2 / requests)), 0.999)
    return (2 + 5 * load - 4 * load**2 + load**3) / ((1 - load) ** 2 * (2 - load))
