"""How sure a mean or a percentile over the requests of one run is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import variance

import msgspec

from rocmtui.core.stats.effective import ONE_AT_A_TIME, Together, Trials, trials
from rocmtui.core.stats.quantiles import mean, quantile
from rocmtui.core.stats.student import LEVEL, student_t

UNAVAILABLE = "interval unavailable at this sample size"


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """A confidence interval."""

    low: float
    high: float
    level: float = LEVEL


def mean_interval(values: Sequence[float], beside: Together = ONE_AT_A_TIME) -> Interval | None:
    """Of the mean of values in the order their requests were sent.

    None below ten effective trials.
    """
    found = trials(values, beside)
    if not found.enough:
        return None
    half = student_t(found.count - 1) * standard_error(found)
    value = mean(values)
    return Interval(low=value - half, high=value + half)


def standard_error(found: Trials) -> float:
    """Of the mean of the trials; the variance within so few of them is too small by 1 / count."""
    return math.sqrt(variance(found.blocks) / (found.count - 1))


def quantile_interval(ascending: Sequence[float], share: float, count: float) -> Interval | None:
    """Of a percentile, between two order statistics, as if there were `count` independent values.

    The number of values below the percentile is binomial; None where even the extremes do not reach so far.
    """
    ends = _ranks(math.floor(count), share, 1 - LEVEL)
    if ends is None or len(ascending) < 2:
        return None
    last = math.floor(count) - 1
    low, high = (quantile(ascending, rank / last) for rank in ends)
    return Interval(low=low, high=high)


@lru_cache(maxsize=256)
def _ranks(count: int, share: float, alpha: float) -> tuple[int, int] | None:
    """Ranks (from 0) of the order statistics with at most `alpha` / 2 beyond each; None where there are none.

    P(X below rank r's value) is that of a binomial count of at most r.
    """
    if count < 2 or not 0 < share < 1:
        return None
    below, low, high = 0.0, -1, None
    for r in range(count + 1):
        if below <= alpha / 2:
            low = r - 1
        below += _binomial(r, count, share)
        if 1 - below <= alpha / 2 + 1e-15:
            high = r
            break
    return (low, high) if low >= 0 and high is not None and high < count else None


def _binomial(r: int, n: int, p: float) -> float:
    choices = math.lgamma(n + 1) - math.lgamma(r + 1) - math.lgamma(n - r + 1)
    return math.exp(choices + r * math.log(p) + (n - r) * math.log1p(-p))
