"""The interval of a mean or percentile holds what it promises, and is not given where it cannot."""

from __future__ import annotations

import random
import statistics

import pytest

from rocmtui.core.stats.effective import ONE_AT_A_TIME, Together, together, trials
from rocmtui.core.stats.interval import Interval, mean_interval, quantile_interval


def width(values: list[float], beside: Together = ONE_AT_A_TIME) -> float:
    found = mean_interval(values, beside)
    assert found is not None
    return found.high - found.low


def waves(seed: int = 2) -> list[float]:
    """Eight at a time share their luck."""
    source = random.Random(seed)
    each = [source.gauss(50, 10) for _ in range(50)]
    return [wave + source.gauss(0, 1) for wave in each for _ in range(8)]


@pytest.mark.parametrize("count", [0, 1, 4, 9])
def test_unavailable_at_few_values(count: int) -> None:
    assert mean_interval([float(n) for n in range(count)]) is None


def test_values_that_are_all_the_same_leave_no_doubt() -> None:
    assert mean_interval([0.1] * 50) == Interval(low=pytest.approx(0.1), high=pytest.approx(0.1))


def test_independent_values_give_the_width_of_theory() -> None:
    source = random.Random(5)
    values = [source.gauss(100, 10) for _ in range(400)]
    assert width(values) == pytest.approx(2 * 1.97 * statistics.stdev(values) / 20, rel=0.25)


def test_neighbours_that_share_their_luck_widen_it() -> None:
    shuffled = random.Random(3).sample(waves(), 400)
    assert width(waves(), Together(streams=8)) > 1.8 * width(shuffled)


def test_streams_side_by_side_are_one_trial() -> None:
    assert trials(waves(), Together(streams=8)).count <= 50
    assert mean_interval(waves()[:72], Together(streams=8)) is None


def test_a_queue_nearly_full_gives_none_however_calm_it_looks() -> None:
    source = random.Random(1)
    calm = [source.gauss(1, 0.1) for _ in range(300)]
    assert mean_interval(calm, Together(utilisation=0.3)) is not None
    assert mean_interval(calm, Together(utilisation=0.9)) is None


def test_slots_in_use_are_seen_from_the_requests() -> None:
    busy_half = [(0, 50), (100, 150), (200, 250), (300, 350)]
    found = together(busy_half, slots=1)
    assert found.utilisation == pytest.approx(0.5)
    assert found.streams == pytest.approx(200 / 350)
    assert together([(0, 100), (0, 100), (100, 200), (100, 200)], slots=4).utilisation == pytest.approx(0.5)
    assert together(busy_half).utilisation is None


def test_a_drifting_series_is_covered_nine_times_in_ten() -> None:
    source = random.Random(7)
    hits = given = 0
    for _ in range(40):
        level, values = 0.0, []
        for _ in range(300):
            level = 0.5 * level + source.gauss(0, 1)
            values.append(100 + level)
        found = mean_interval(values)
        given += found is not None
        hits += found is not None and found.low <= 100 <= found.high
    assert (given >= 36, hits >= given * 0.9) == (True, True)


@pytest.mark.parametrize(
    ("count", "share", "given"), [(72, 0.95, True), (71, 0.95, False), (60, 0.5, True), (200, 0.99, False)]
)
def test_a_percentile_needs_values_beyond_it(count: int, share: float, given: bool) -> None:
    values = [float(n) for n in range(500)]
    assert (quantile_interval(values, share, count) is not None) == given


def test_fewer_independent_values_widen_the_interval_of_a_percentile() -> None:
    values = [float(n) for n in range(500)]
    many, few = quantile_interval(values, 0.5, 500), quantile_interval(values, 0.5, 30)
    assert many is not None
    assert few is not None
    assert few.high - few.low > 3 * (many.high - many.low)
    assert many.low < 249.5 < many.high


def test_a_hundred_thousand_values_take_no_more_blocks() -> None:
    values = [float(n % 97) for n in range(100_000)]
    found = mean_interval(values)
    assert found is not None
    assert found.low < statistics.fmean(values) < found.high
