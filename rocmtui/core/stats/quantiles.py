"""Exact quantiles and summaries of recorded values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says of one metric. All values in `unit`."""

    unit: str
    count: int
    mean: float
    std: float | None
    """Sample standard deviation (n - 1); None for a single value."""
    min: float
    p50: float
    p90: float
    p95: float
    p99: float
    max: float


Number = TypeVar("Number", int, float)


def known(combine: Callable[[list[Number]], Number], values: Iterable[Number | None]) -> Number | None:
    """`combine` (max, min, sum ...) of the values there are; None where there are none."""
    there = [value for value in values if value is not None]
    return combine(there) if there else None


def quantile(ascending: Sequence[float], q: float) -> float:
    """The value at quantile `q` (0 to 1) of ascending values, which must not be empty.

    Linear interpolation between the two nearest ranks at q·(n − 1): numpy's default definition.
    """
    position = q * (len(ascending) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ascending) - 1)
    return between(ascending[low], ascending[high], position - low)


def between(below: float, above: float, share: float) -> float:
    """The value at `share` (0 to 1) of the way from one to the other, exact at both ends."""
    if share < 0.5:
        return below + (above - below) * share
    return above - (above - below) * (1 - share)


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean of values, which must not be empty, without accumulated rounding."""
    return math.fsum(values) / len(values)


def median(values: Iterable[float]) -> float:
    """Median of values, which must not be empty."""
    return quantile(sorted(values), 0.5)


def standard_deviation(values: Sequence[float]) -> float | None:
    """Sample standard deviation (n - 1); None below two values."""
    if len(values) < 2:
        return None
    centre = mean(values)
    return math.sqrt(math.fsum((value - centre) ** 2 for value in values) / (len(values) - 1))


def quantile_of(values: Iterable[float], q: float) -> float | None:
    """The same of values in any order; None where there are none."""
    ascending = sorted(values)
    return quantile(ascending, q) if ascending else None


def summarise(values: Iterable[float], unit: str) -> Summary | None:
    """Exact summary of values in `unit`; None where there are none."""
    ascending = sorted(values)
    if not ascending:
        return None
    return Summary(
        unit=unit,
        count=len(ascending),
        mean=mean(ascending),
        std=standard_deviation(ascending),
        min=ascending[0],
        p50=quantile(ascending, 0.5),
        p90=quantile(ascending, 0.9),
        p95=quantile(ascending, 0.95),
        p99=quantile(ascending, 0.99),
        max=ascending[-1],
    )
