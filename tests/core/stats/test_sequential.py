"""Looking after every round makes no more false verdicts, and real differences are found."""

from __future__ import annotations

import random

import pytest

from rocmtui.core.stats.sequential import sequential_change


def ever_told(rng: random.Random, shift: float, rounds: int) -> bool:
    logs = [rng.gauss(shift, 0.02) for _ in range(rounds)]
    change = sequential_change(logs)
    return change is not None and change.p is not None and change.p <= 0.05


def test_stopping_at_will_on_equal_sides_is_wrong_in_one_of_twenty_at_most() -> None:
    rng = random.Random(4)
    # 5 % of 300 is 15; the p-value is that of the worst moment of all rounds.
    assert sum(ever_told(rng, 0.0, 20) for _ in range(300)) <= 15


def test_a_difference_is_found() -> None:
    rng = random.Random(4)
    assert sum(ever_told(rng, 0.06, 8) for _ in range(50)) >= 45


@pytest.mark.parametrize("rounds", [1, 2])
def test_two_rounds_say_nothing(rounds: int) -> None:
    change = sequential_change([0.5, 0.5][:rounds])
    assert change is not None
    assert (change.p, change.interval) == (None, None)


def test_the_interval_and_the_p_value_agree() -> None:
    rng = random.Random(9)
    for _ in range(30):
        change = sequential_change([rng.gauss(0.02, 0.02) for _ in range(6)])
        assert change is not None
        assert change.p is not None
        if change.is_significant:
            assert change.p <= 0.05
