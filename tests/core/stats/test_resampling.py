"""The interval of a mean holds what it promises."""

import random
import statistics

import pytest

from rocmtui.core.stats.resampling import Interval, series_mean_interval


def interval(values: list[float], seed: int = 1) -> Interval:
    found = series_mean_interval(values, seed=seed)
    assert found is not None
    return found


def width(values: list[float]) -> float:
    found = interval(values)
    return found.high - found.low


def test_same_seed_same_interval() -> None:
    values = [float(n * n % 17) for n in range(60)]
    assert interval(values, 3) == interval(values, 3)
    assert interval(values, 3) != interval(values, 4)


@pytest.mark.parametrize("count", [0, 1, 4, 12])
def test_unavailable_at_few_values(count: int) -> None:
    assert series_mean_interval([float(n) for n in range(count)]) is None


def test_values_that_are_all_the_same_leave_no_doubt() -> None:
    assert interval([0.1] * 50) == Interval(low=pytest.approx(0.1), high=pytest.approx(0.1))


def test_independent_values_give_the_width_of_theory() -> None:
    source = random.Random(5)
    values = [source.gauss(100, 10) for _ in range(400)]
    assert width(values) == pytest.approx(2 * 1.97 * statistics.stdev(values) / 20, rel=0.25)


def test_neighbours_that_share_their_luck_widen_it() -> None:
    source = random.Random(2)
    waves = [
        wave + source.gauss(0, 1) for wave in (source.gauss(50, 10) for _ in range(50)) for _ in "12345678"
    ]
    shuffled = random.Random(3).sample(waves, len(waves))
    assert width(waves) > 1.8 * width(shuffled)


def test_a_drifting_series_is_covered_nine_times_in_ten() -> None:
    source = random.Random(7)
    hits = 0
    for seed in range(30):
        level, values = 0.0, []
        for _ in range(150):
            level = 0.5 * level + source.gauss(0, 1)
            values.append(100 + level)
        found = interval(values, seed)
        hits += found.low <= 100 <= found.high
    assert hits >= 25


def test_a_hundred_thousand_values_take_no_more_blocks() -> None:
    values = [float(n % 97) for n in range(100_000)]
    assert interval(values).low < statistics.fmean(values) < interval(values).high
