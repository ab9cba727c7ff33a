"""Student's t, for any number of degrees of freedom: tails and quantiles."""

from __future__ import annotations

import math
from functools import lru_cache

LEVEL = 0.95
"""Of every interval that is printed."""
_TERMS = 300


def two_sided_p(t: float, freedom: float) -> float:
    """The chance of a value as far from zero as `t`, or farther, on either side; 1 below one degree."""
    if freedom < 1:
        return 1.0
    if math.isinf(t):
        return 0.0
    return _incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)


@lru_cache(maxsize=4096)
def student_t(freedom: float) -> float:
    """The value that lies beyond ±it with chance 1 - LEVEL; infinite below one degree of freedom."""
    if freedom < 1:
        return math.inf
    low, high = 0.0, 2.0
    while two_sided_p(high, freedom) > 1 - LEVEL:
        low, high = high, high * 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided_p(middle, freedom) > 1 - LEVEL else (low, middle)
    return (low + high) / 2


def binomial_at_most(r: float, n: float, p: float) -> float:
    """The chance of at most `r` of `n` where each has chance `p`; also of numbers that are not whole."""
    return 1.0 if r >= n else _incomplete_beta(1 - p, n - r, r + 1)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Regularised; by the continued fraction of DLMF 8.17.22, with Lentz's method."""
    if x <= 0 or x >= 1:
        return min(max(x, 0.0), 1.0)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _TERMS):
        for factor in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 / (1 + factor * d), 1 + factor / c
            value *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return front * value / a
