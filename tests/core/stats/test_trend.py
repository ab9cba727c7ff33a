"""Overload is named, and a server that keeps up is not slandered more often than is said."""

from __future__ import annotations

import pytest

from rocmtui.core.stats.trend import FALSE_ALARMS, growth, kendall_tau
from tests.benchmarks.overload import closed_alarms, rate_of_alarms


def test_kendalls_tau() -> None:
    assert kendall_tau([1, 2, 3, 4]) == 1.0
    assert kendall_tau([4, 3, 2, 1]) == -1.0
    assert kendall_tau([1, 3, 2, 4]) == pytest.approx(4 / 6)


def test_growth_is_told_with_its_beginning_and_end() -> None:
    assert growth([float(i) for i in range(100)]) == (9.5, 89.5)
    assert growth([5.0] * 100) is None
    assert growth([100.0 + i / 100 for i in range(100)]) is None  # grows, by nothing that matters
    assert growth([float(i) for i in range(59)]) is None


@pytest.mark.parametrize("kind", ["constant", "exponential"])
def test_false_alarms_are_as_rare_as_is_said_and_overload_is_found(kind: str) -> None:
    assert rate_of_alarms(100, 0.8, 1, kind, 100) <= FALSE_ALARMS + 0.02
    assert rate_of_alarms(100, 2.0, 1, kind, 40) >= 0.95


def test_a_closed_loop_is_said_to_slow_down_where_it_does_and_not_for_its_beginning() -> None:
    assert closed_alarms(100, 32, 4, "uniform", 1.0, 30) <= FALSE_ALARMS
    assert closed_alarms(300, 4, 4, "constant", 2.0, 5) == 1.0
