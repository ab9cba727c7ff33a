"""How sure a mean over the requests of a run is: a seeded block bootstrap.

Requests that ran side by side share their luck, so whole stretches are drawn (circular block bootstrap).
The percentile taken is Φ(−√(n/(n−1))·t), not the nominal one: at few blocks that would cover far less than
it promises (T. Hesterberg, "What Teachers Should Know about the Bootstrap", 2015).
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import accumulate
from statistics import NormalDist

import msgspec

from rocmtui.core.stats.change import student_t
from rocmtui.core.stats.quantiles import mean, quantile

LEVEL = 0.95
FEWEST_BLOCKS = 5
"""With fewer an interval would promise what it cannot hold."""
MOST_BLOCKS = 200
RESAMPLES = 2000
UNAVAILABLE = "interval unavailable at this sample size"
_NORMAL = NormalDist()


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """A confidence interval."""

    low: float
    high: float
    level: float = LEVEL


def series_mean_interval(values: Sequence[float], *, seed: int = 1) -> Interval | None:
    """The interval of the mean of values in the order they were measured; None when they are too few."""
    n = len(values)
    if n < FEWEST_BLOCKS:
        return None
    length = max(round(1.5 * n ** (1 / 3)), math.ceil(n / MOST_BLOCKS))
    blocks = n // length
    if blocks < FEWEST_BLOCKS:
        return None
    sums = [0.0, *accumulate((*values, *values[: length - 1]))]
    block_means = [(sums[at + length] - sums[at]) / length for at in range(n)]
    # All resamples are drawn in one call: a call for each costs as much again.
    draws = random.Random(seed).choices(block_means, k=blocks * RESAMPLES)
    drawn = sorted(math.fsum(draws[at : at + blocks]) / blocks for at in range(0, len(draws), blocks))
    tail = _NORMAL.cdf(-math.sqrt(blocks / (blocks - 1)) * student_t(blocks - 1))
    value = mean(values)
    return Interval(low=min(quantile(drawn, tail), value), high=max(quantile(drawn, 1 - tail), value))
