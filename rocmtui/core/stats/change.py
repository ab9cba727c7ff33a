"""How much B differs from A, with an interval and a p-value that hold at the few values there are.

Speeds and latencies vary by factors, so all but values near zero is done on logarithms. The interval over
paired rounds is a symmetric bootstrap of the mean, widened by sqrt(n / (n - 1)) * t / z: a plain bootstrap of
3 rounds calls equal things different in a quarter of all cases (T. Hesterberg, "What Teachers Should Know
about the Bootstrap", 2015). Where Student's own interval is wider, that one is taken.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from statistics import NormalDist, fmean, variance

import msgspec

from rocmtui.core.stats.effective import FEWEST
from rocmtui.core.stats.interval import Interval, quantile_interval
from rocmtui.core.stats.quantiles import quantile
from rocmtui.core.stats.student import LEVEL, student_t, two_sided_p

RESAMPLES = 2000
_Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """B against A as a fraction of A: 0.04 is 4 % more, -0.5 is half."""

    estimate: float
    interval: tuple[float, float] | None = None
    """Ends of the 95 % interval; None when there are too few values for one."""
    pairs: int
    """Rounds (paired) or values of the smaller side (unpaired) behind it."""
    of: str = "rounds"
    """What was counted: `rounds`, `runs`, `stretches`, `requests`."""
    p: float | None = None
    """The chance of such a difference, or a greater one, if there were none; of this comparison alone."""
    absolute: bool = False
    """Whether it is a difference in the metric's unit: values near zero have no ratio."""

    @property
    def is_significant(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """The requests of one run, of which a percentile is compared."""

    ascending: tuple[float, ...]
    share: float
    """Which percentile, 0 to 1."""
    count: float
    """Effective number of independent values."""

    @property
    def value(self) -> float:
        """The percentile."""
        return quantile(self.ascending, self.share)

    @property
    def interval(self) -> Interval | None:
        """Of the percentile; None where the requests are worth too few independent values."""
        return quantile_interval(self.ascending, self.share, self.count) if self.count >= FEWEST else None

    def above(self, border: float) -> int:
        """How many of the independent values lie above a border."""
        share = 1 - bisect_right(self.ascending, border) / len(self.ascending)
        return round(share * int(self.count))


def paired_change(a: Sequence[float | None], b: Sequence[float | None]) -> Change | None:
    """Round by round: value i of `a` and of `b` come from the same round. None without a usable pair.

    The estimate is the geometric mean of the rounds' ratios. Values must be positive; others are left out,
    as are rounds not measured (None).
    """
    logs = log_ratios(a, b)
    if not logs:
        return None
    half = half_width(logs)
    error = None if half is None else half / student_t(len(logs) - 1)
    return _change(fmean(logs), error, len(logs) - 1, pairs=len(logs), of="rounds")


def log_ratios(a: Sequence[float | None], b: Sequence[float | None]) -> list[float]:
    """Of the rounds in which both sides have a positive value."""
    return [math.log(y / x) for x, y in zip(a, b, strict=True) if x and y and x > 0 and y > 0]


def unpaired_change(
    a: Sequence[float], b: Sequence[float], *, of: str, noise: float = 0.0, absolute: bool = False
) -> Change | None:
    """Two sets of values with nothing in common but their kind, by Student's test with one variance for both.

    `noise`: the standard deviation each value has on its own (of its logarithm, unless `absolute`); that of
    the sets is never believed to be less. None unless both have values, which must be positive for a ratio.
    """
    if not a or not b or (not absolute and min(*a, *b) <= 0):
        return None
    x, y = (list(v) if absolute else list(map(math.log, v)) for v in (a, b))
    freedom = len(x) + len(y) - 2
    error = None
    if freedom >= 1:
        spread = sum((v - fmean(side)) ** 2 for side in (x, y) for v in side) / freedom
        error = math.sqrt(max(spread, noise**2) * (1 / len(x) + 1 / len(y)))
    count = min(len(x), len(y))
    return _change(fmean(y) - fmean(x), error, freedom, pairs=count, of=of, absolute=absolute)


def summary_change(a: tuple[float, float, int], b: tuple[float, float, int]) -> Change | None:
    """From (mean, standard deviation, count) alone: Welch's interval of the ratio, by the delta method."""
    (mean_a, std_a, n_a), (mean_b, std_b, n_b) = a, b
    if mean_a <= 0 or mean_b <= 0 or n_a < 1 or n_b < 1:
        return None
    count, center = min(n_a, n_b), math.log(mean_b / mean_a)
    if count < 2:
        return _change(center, None, 0, pairs=count, of="requests")
    var_a, var_b = (std_a / mean_a) ** 2 / n_a, (std_b / mean_b) ** 2 / n_b
    spread = var_a**2 / (n_a - 1) + var_b**2 / (n_b - 1)
    freedom = (var_a + var_b) ** 2 / spread if spread else n_a + n_b - 2
    return _change(center, math.sqrt(var_a + var_b), freedom, pairs=count, of="requests")


def percentile_change(a: Sample, b: Sample, *, absolute: bool = False) -> Change | None:
    """Of a percentile of the requests of two runs.

    The two order-statistic intervals are joined as squares of their arms (G. Zou, A. Donner, "Construction of
    confidence limits about effect measures", 2008); the p-value is that of Fisher's exact test on how many
    requests of each lie above the percentile of both (A. Mood's quantile test). None unless both percentiles
    are positive, for a ratio.
    """
    if not absolute and min(a.value, b.value) <= 0:
        return None
    scale: Callable[[float], float] = float if absolute else math.log
    center, one, other = scale(b.value) - scale(a.value), a.interval, b.interval
    ends = None
    if one and other and (absolute or min(one.low, other.low) > 0):
        below = math.hypot(scale(b.value) - scale(other.low), scale(one.high) - scale(a.value))
        above = math.hypot(scale(other.high) - scale(b.value), scale(a.value) - scale(one.low))
        ends = _back((center - below, center + above), absolute=absolute)
    border = quantile(sorted((*a.ascending, *b.ascending)), a.share)
    return Change(
        estimate=center if absolute else math.expm1(center),
        interval=ends,
        pairs=max(int(min(a.count, b.count)), 1),
        of="independent requests",
        p=min(2 * min(_more(a, b, border), _more(b, a, border)), 1.0),
        absolute=absolute,
    )


def _more(a: Sample, b: Sample, border: float) -> float:
    return more_often(a.above(border), int(a.count), b.above(border), int(b.count))


def more_often(k_a: int, n_a: int, k_b: int, n_b: int) -> float:
    """One-sided p-value of Fisher's exact test that B's k of n is no greater a share than A's."""
    every, both = n_a + n_b, k_a + k_b
    ways = [math.comb(n_b, k) * math.comb(n_a, both - k) for k in range(k_b, min(n_b, both) + 1)]
    return sum(ways) / math.comb(every, both) if every else 1.0


def half_width(values: Sequence[float]) -> float | None:
    """Half the width of the 95 % interval of the mean; None below 2 values."""
    return _half_width(tuple(values)) if len(values) >= 2 else None


@lru_cache(maxsize=4096)
def _half_width(values: tuple[float, ...]) -> float:
    n = len(values)
    t = student_t(n - 1)
    student = t * math.sqrt(variance(values) / n)
    if student == 0:
        return 0.0
    center, rng = fmean(values), random.Random(1)
    off = sorted(abs(fmean(rng.choices(values, k=n)) - center) for _ in range(RESAMPLES))
    widening = math.sqrt(n / (n - 1)) * t / _Z
    return max(student, off[math.ceil(LEVEL * RESAMPLES) - 1] * widening)


def _change(
    center: float, error: float | None, freedom: float, *, pairs: int, of: str, absolute: bool = False
) -> Change:
    """From the estimate, its standard error (None: not known) and the degrees of freedom of that."""
    estimate = center if absolute else math.expm1(center)
    if error is None or freedom < 1:
        return Change(estimate=estimate, pairs=pairs, of=of, absolute=absolute)
    half = student_t(freedom) * error
    t = abs(center) / error if error else math.inf if center else 0.0
    return Change(
        estimate=estimate,
        interval=_back((center - half, center + half), absolute=absolute),
        pairs=pairs,
        of=of,
        p=two_sided_p(t, freedom),
        absolute=absolute,
    )


def _back(ends: tuple[float, float] | None, *, absolute: bool) -> tuple[float, float] | None:
    """From logarithms to fractions."""
    return ends if ends is None or absolute else (math.expm1(ends[0]), math.expm1(ends[1]))
