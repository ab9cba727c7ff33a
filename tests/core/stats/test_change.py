"""Changes and their intervals: right in sign, honest at few rounds."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocmtui.core.stats.change import half_width, paired_change, student_t, summary_change, unpaired_change

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
    paired, apart = paired_change(a, b), unpaired_change(a, b)
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
    there, back = unpaired_change(a, b), unpaired_change(b, a)
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
