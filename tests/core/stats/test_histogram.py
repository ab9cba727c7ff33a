"""The mergeable histogram."""

import random

import pytest

from rocmtui.core.stats.histogram import Histogram, merged
from rocmtui.core.stats.quantiles import quantile


def filled(values: list[float]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


def test_empty_has_no_figures() -> None:
    assert Histogram().mean is None
    assert Histogram().quantile(0.5) is None


def test_quantile_is_within_half_a_percent() -> None:
    source = random.Random(1)
    values = sorted(source.lognormvariate(3, 1) for _ in range(10_000))
    for q in (0.5, 0.9, 0.99):
        assert filled(values).quantile(q) == pytest.approx(values[int(q * 9_999)], rel=0.006)


@pytest.mark.parametrize("q", [0, 0.25, 0.5, 0.95, 0.99, 1])
def test_of_few_values_the_quantile_is_the_one_of_the_report(q: float) -> None:
    values = [8.23, 8.24, 8.27, 10.1]
    assert filled(values).quantile(q) == pytest.approx(quantile(values, q), rel=0.005)
    assert filled([5.0]).quantile(q) == 5.0
    assert filled([0.0, 0.0, 3.0]).quantile(q) == pytest.approx(quantile([0.0, 0.0, 3.0], q), rel=0.005)


def test_merging_equals_adding_all() -> None:
    left, right = [1.0, 2.0, 0.0], [300.0, 4.5]
    assert merged([filled(left), filled(right)]) == filled(left + right)


def test_binned_counts_everything_once() -> None:
    histogram = filled([0.0, 0.5, 1.5, 2.5, 99.0])
    assert histogram.binned([1, 2, 3]) == [3, 2]


def test_values_counted_beforehand_are_the_same() -> None:
    one, other = Histogram(), Histogram()
    one.add_all([0.0, 1.5, 1.5, 40.0])
    other.add_counted({1.5: 1})
    other.add_counted({0.0: 1, 1.5: 1, 40.0: 1})
    other.add_counted({})
    assert one == other
