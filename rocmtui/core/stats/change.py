"""How much B differs from A, with an interval that holds at the few rounds a bench can afford.

Everything is done on logarithms, because speeds and latencies vary by factors. The interval is a symmetric
bootstrap of the mean, widened by sqrt(n / (n - 1)) * t / z: a plain bootstrap of 3 rounds calls equal things
different in a quarter of all cases (T. Hesterberg, "What Teachers Should Know about the Bootstrap", 2015).
Where Student's own interval is wider, that one is taken.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist, fmean, variance

import msgspec

CONFIDENCE = 0.95
RESAMPLES = 2000
_Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
_T_FIRST = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""Student's t at 95 %, two-sided, for 1 to 10 degrees of freedom."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """B against A as a fraction of A: 0.04 is 4 % more, -0.5 is half."""

    estimate: float
    interval: tuple[float, float] | None = None
    """Ends of the 95 % interval; None when there are too few values for one."""
    pairs: int
    """Rounds (paired) or values of the smaller side (unpaired) behind it."""
    of: str = "rounds"
    """What was counted: `rounds`, `blocks`, `requests`."""

    @property
    def is_significant(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)


def student_t(freedom: float) -> float:
    """Two-sided 95 % quantile of Student's t (above 10 degrees: Cornish-Fisher, within 0.1 %)."""
    if freedom < 1:
        return math.inf
    if freedom <= len(_T_FIRST):
        return _T_FIRST[int(freedom) - 1]
    z, n = _Z, freedom
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )


def paired_change(a: Sequence[float | None], b: Sequence[float | None], *, seed: int = 1) -> Change | None:
    """Round by round: value i of `a` and of `b` come from the same round. None without a usable pair.

    The estimate is the geometric mean of the rounds' ratios. Values must be positive; others are left out,
    as are rounds not measured (None).
    """
    logs = [math.log(y / x) for x, y in zip(a, b, strict=True) if x and y and x > 0 and y > 0]
    if not logs:
        return None
    center = fmean(logs)
    half = half_width(logs, seed=seed)
    return _change(center, half, len(logs), "rounds")


def unpaired_change(
    a: Sequence[float], b: Sequence[float], *, of: str = "blocks", seed: int = 1
) -> Change | None:
    """Two sets of values with nothing in common but their kind; half-intervals add as squares."""
    logs_a, logs_b = [math.log(v) for v in a if v > 0], [math.log(v) for v in b if v > 0]
    if not logs_a or not logs_b:
        return None
    center = fmean(logs_b) - fmean(logs_a)
    halves = (half_width(logs_a, seed=seed), half_width(logs_b, seed=seed + 1))
    half = None if None in halves else math.hypot(*(h for h in halves if h is not None))
    return _change(center, half, min(len(logs_a), len(logs_b)), of)


def summary_change(
    a: tuple[float, float, int], b: tuple[float, float, int], *, of: str = "requests"
) -> Change | None:
    """From (mean, standard deviation, count) alone: Welch's interval of the ratio, by the delta method."""
    (mean_a, std_a, n_a), (mean_b, std_b, n_b) = a, b
    if mean_a <= 0 or mean_b <= 0 or n_a < 1 or n_b < 1:
        return None
    center = math.log(mean_b / mean_a)
    if min(n_a, n_b) < 2:
        return _change(center, None, min(n_a, n_b), of)
    var_a, var_b = (std_a / mean_a) ** 2 / n_a, (std_b / mean_b) ** 2 / n_b
    spread = var_a**2 / (n_a - 1) + var_b**2 / (n_b - 1)
    freedom = (var_a + var_b) ** 2 / spread if spread else math.inf
    half = (student_t(freedom) if math.isfinite(freedom) else _Z) * math.sqrt(var_a + var_b)
    return _change(center, half, min(n_a, n_b), of)


def half_width(values: Sequence[float], *, seed: int = 1) -> float | None:
    """Half the width of the 95 % interval of the mean; None below 2 values."""
    return _half_width(tuple(values), seed) if len(values) >= 2 else None


@lru_cache(maxsize=4096)
def _half_width(values: tuple[float, ...], seed: int) -> float:
    n = len(values)
    t = student_t(n - 1)
    student = t * math.sqrt(variance(values) / n)
    if student == 0:
        return 0.0
    center, rng = fmean(values), random.Random(seed)
    off = sorted(abs(fmean(rng.choices(values, k=n)) - center) for _ in range(RESAMPLES))
    widening = math.sqrt(n / (n - 1)) * t / _Z
    return max(student, off[math.ceil(CONFIDENCE * RESAMPLES) - 1] * widening)


def _change(center: float, half: float | None, pairs: int, of: str) -> Change:
    interval = None if half is None else (math.expm1(center - half), math.expm1(center + half))
    return Change(estimate=math.expm1(center), interval=interval, pairs=pairs, of=of)
