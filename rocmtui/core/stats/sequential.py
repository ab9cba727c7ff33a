"""Comparing round after round, and stopping whenever one likes, without raising the rate of false verdicts.

After n rounds with the log-ratios' t-statistic t, the evidence against "no difference" is the Bayes factor of
a normal effect size of variance g: (1 + n g)^(-1/2) ((1 + t²/ν) / (1 + t²/(ν (1 + n g))))^((ν + 1)/2), with
ν = n - 1. Under no difference it is a martingale, whatever the noise's size, so the chance that it ever
reaches 1/α is at most α (T. Lai, "On confidence sequences", 1976; M. Pérez-Ortiz et al., "E-statistics, group
invariance and anytime-valid testing", 2024). Its greatest value is thus 1/p at any time, and the differences
it does not speak against form an interval that holds the truth at all times at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from rocmtui.core.stats.change import Change
from rocmtui.core.stats.student import LEVEL

EFFECT_VARIANCE = 25.0
"""Variants that differ at all differ by a few times the noise of a round."""
FEWEST_ROUNDS = 3


def sequential_change(logs: Sequence[float]) -> Change | None:
    """The change after the rounds so far, from their log-ratios in order; None before the first."""
    if not logs:
        return None
    n, center, squares, most = 0, 0.0, 0.0, 1.0
    for value in logs:
        n += 1
        off = value - center
        center += off / n
        squares += off * (value - center)
        if n >= FEWEST_ROUNDS:
            most = max(most, _evidence(n, center, squares))
    if n < FEWEST_ROUNDS:
        return Change(estimate=math.expm1(center), pairs=n)
    half = _half_width(n, squares)
    return Change(
        estimate=math.expm1(center),
        interval=None if half is None else (math.expm1(center - half), math.expm1(center + half)),
        pairs=n,
        p=min(1 / most, 1.0),
    )


def _evidence(n: int, center: float, squares: float) -> float:
    """From the mean of n values and the sum of their squared distances from it."""
    wide = 1 + n * EFFECT_VARIANCE
    x = n * center**2 / squares if squares else math.inf if center else 0.0
    ratio = wide if math.isinf(x) else (1 + x) / (1 + x / wide)
    return float(ratio ** (n / 2) / math.sqrt(wide))


def _half_width(n: int, squares: float) -> float | None:
    """Of the interval of the mean; None while no difference, however great, would be spoken against."""
    wide = 1 + n * EFFECT_VARIANCE
    k = (math.sqrt(wide) / (1 - LEVEL)) ** (2 / n)
    return None if k >= wide else math.sqrt((k - 1) / (1 - k / wide) * squares / n)
