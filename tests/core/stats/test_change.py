"""Changes and their intervals: right in sign, honest at few rounds."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocmtui.core.stats.change import (
    Sample,
    half_width,
    more_often,
    paired_change,
    percentile_change,
    summary_change,
    unpaired_change,
)
from rocmtui.core.stats.student import student_t, two_sided_p

SPEEDS = st.lists(st.floats(min_value=0.1, max_value=1e6), min_size=1, max_size=8)


def rounds_of(rng: random.Random, n: int, *, base: float = 100.0, noise: float = 0.03) -> list[float]:
    return [base * 2.718281828 ** rng.gauss(0, noise) for _ in range(n)]


@pytest.mark.parametrize("n", [3, 5, 8])
def test_equal_sides_are_called_different_no_more_often_than_the_interval_allows(n: int) -> None:
    rng = random.Random(n)
    trials = 400
    changes = [paired_change(rounds_of(rng, n), rounds_of(rng, n)) for _ in range(trials)]
    false_verdicts = sum(change is not None and change.is_significant for change in changes)
    # 5 % of 400 is 20; 33 is three standard deviations of the binomial above it.
    assert false_verdicts <= 33


@pytest.mark.parametrize("slowdown", [0.8, 0.9, 1.15])
def test_a_known_factor_is_found_and_held_by_the_interval(slowdown: float) -> None:
    rng = random.Random(7)
    held = found = 0
    for _ in range(100):
        drift = [1 - 0.02 * i for i in range(6)]
        a = [v * d for v, d in zip(rounds_of(rng, 6, noise=0.02), drift, strict=True)]
        b = [v * d * slowdown for v, d in zip(rounds_of(rng, 6, noise=0.02), drift, strict=True)]
        change = paired_change(a, b)
        assert change is not None
        low, high = change.interval or (0.0, 0.0)
        held += low <= slowdown - 1 <= high
        found += change.is_significant and (change.estimate < 0) == (slowdown < 1)
    assert held >= 88
    assert found >= 90


def test_pairing_takes_drift_out_that_two_separate_sets_cannot() -> None:
    a = [100.0, 90.0, 80.0, 70.0]
    b = [v * 1.05 for v in a]
    paired, apart = paired_change(a, b), unpaired_change(a, b, of="blocks")
    assert paired is not None
    assert paired.is_significant
    assert apart is not None
    assert not apart.is_significant


@given(SPEEDS, st.floats(min_value=0.2, max_value=5))
@settings(max_examples=25, deadline=None)
def test_a_constant_factor_is_found_exactly(speeds: list[float], factor: float) -> None:
    change = paired_change(speeds, [v * factor for v in speeds])
    assert change is not None
    assert change.estimate == pytest.approx(factor - 1, abs=1e-9)


@given(SPEEDS, SPEEDS)
@settings(max_examples=25, deadline=None)
def test_the_other_way_round_is_the_inverse(a: list[float], b: list[float]) -> None:
    there, back = unpaired_change(a, b, of="runs"), unpaired_change(b, a, of="runs")
    assert there is not None
    assert back is not None
    assert (1 + there.estimate) * (1 + back.estimate) == pytest.approx(1)


def test_values_that_are_not_positive_are_no_pair() -> None:
    change = paired_change([0.0, 100.0], [50.0, 110.0])
    assert change is not None
    assert change.pairs == 1
    assert paired_change([0.0], [1.0]) is None


def test_one_value_has_no_interval() -> None:
    change = paired_change([100.0], [104.0])
    assert change is not None
    assert (change.interval, change.is_significant) == (None, False)
    assert half_width([1.0]) is None


def test_summaries_give_the_interval_of_the_values_they_sum_up() -> None:
    change = summary_change((100.0, 5.0, 50), (110.0, 5.0, 50))
    assert change is not None
    assert change.estimate == pytest.approx(0.10)
    assert change.interval == pytest.approx((0.079, 0.121), abs=0.001)


@pytest.mark.parametrize(
    ("freedom", "expected"), [(1, 12.706), (10, 2.228), (11, 2.201), (30, 2.042), (1000, 1.962)]
)
def test_student_t_is_the_table_of_the_books(freedom: int, expected: float) -> None:
    assert student_t(freedom) == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(
    ("t", "freedom", "p"), [(2.776, 4, 0.05), (4.604, 4, 0.01), (1.96, 1e6, 0.05), (0, 3, 1)]
)
def test_tails_of_student_t_are_the_table_of_the_books(t: float, freedom: float, p: float) -> None:
    assert two_sided_p(t, freedom) == pytest.approx(p, rel=0.005)


def test_the_spread_of_runs_is_never_believed_to_be_less_than_each_runs_own_noise() -> None:
    alike = [100.0, 100.01, 100.02], [101.0, 101.01, 101.02]
    bold, careful = (unpaired_change(*alike, of="runs", noise=noise) for noise in (0.0, 0.02))
    assert bold is not None
    assert bold.is_significant
    assert careful is not None
    assert not careful.is_significant


def test_one_run_is_set_against_the_spread_of_several() -> None:
    change = unpaired_change([100, 101, 99, 100, 102], [120.0], of="runs")
    assert change is not None
    assert change.p is not None
    assert change.p < 0.01


def test_values_near_zero_are_compared_as_differences() -> None:
    change = unpaired_change([0.0, 0.1, 0.0], [5.0, 5.1, 5.2], of="runs", absolute=True)
    assert change is not None
    assert change.estimate == pytest.approx(5.07, abs=0.01)
    assert unpaired_change([0.0, 0.1], [5.0, 5.1], of="runs") is None


def sample(values: list[float], share: float) -> Sample:
    return Sample(ascending=tuple(sorted(values)), share=share, count=len(values) * 0.85)


def test_one_request_in_ten_that_is_slower_shows_at_p95() -> None:
    rng = random.Random(3)
    a, b = ([50 * 2.718281828 ** rng.gauss(0, 0.1) for _ in range(200)] for _ in "AB")
    b = [value + 300 * (index % 10 == 0) for index, value in enumerate(b)]
    tail = percentile_change(sample(a, 0.95), sample(b, 0.95))
    assert tail is not None
    assert tail.p is not None
    assert (tail.p < 0.001, tail.is_significant, tail.estimate > 1) == (True, True, True)


def test_equal_tails_are_told_apart_in_one_of_twenty_at_most() -> None:
    rng = random.Random(8)
    told = 0
    for _ in range(100):
        a, b = (sample([rng.lognormvariate(0, 0.4) for _ in range(100)], 0.95) for _ in "AB")
        change = percentile_change(a, b)
        assert change is not None
        assert change.p is not None
        told += change.p <= 0.05
    assert told <= 5


def test_fishers_test_is_the_table_of_the_books() -> None:
    assert more_often(0, 200, 6, 200) == pytest.approx(0.0151, abs=0.0005)
    assert more_often(3, 100, 3, 100) > 0.5
