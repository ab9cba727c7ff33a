"""Rates over a sliding window."""

from __future__ import annotations

import pytest

from rocmtui.core.stats.rate import WindowRate

S = 1_000_000_000


def test_nothing_was_added() -> None:
    assert WindowRate(S).per_second(5 * S) is None


def test_too_early_for_a_rate() -> None:
    rate = WindowRate(S)
    rate.add(S, 1)
    assert rate.per_second(S + 1) is None


def test_a_steady_flow() -> None:
    rate = WindowRate(S)
    for step in range(301):
        rate.add(10 * S + step * S // 100, 2)
    assert rate.per_second(13 * S) == pytest.approx(200, rel=0.06)


def test_a_beginning_is_divided_by_the_time_it_has_lasted() -> None:
    rate = WindowRate(5 * S)
    rate.add(20 * S, 100)
    rate.add(20 * S + S // 2, 100)
    assert rate.per_second(21 * S) == 200.0


def test_what_is_older_than_the_window_is_forgotten() -> None:
    rate = WindowRate(S)
    rate.add(S, 1000)
    assert rate.per_second(3 * S) == 0.0
    rate.add(3 * S, 50)
    assert rate.per_second(3 * S + S // 2) == pytest.approx(50 / 0.95, rel=0.1)


def test_a_long_silence_leaves_no_old_counts() -> None:
    rate = WindowRate(S)
    for step in range(20):
        rate.add(step * S // 20, 5)
    rate.add(1000 * S, 1)
    assert rate.per_second(1000 * S + S // 2) == pytest.approx(1 / 0.95, rel=0.15)


def test_what_is_told_late_counts_where_it_belongs() -> None:
    rate = WindowRate(S)
    rate.add(2 * S, 10)
    rate.add(3 * S, 10)
    rate.add(3 * S - S // 10, 10)
    assert rate.per_second(3 * S) == pytest.approx(20 / 0.95)
    assert rate.per_second(4 * S - S // 20) == pytest.approx(10 / 0.95, rel=0.1)
