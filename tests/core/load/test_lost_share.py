"""Which requests a dead load process had under way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rocmtui.core.load.lost_share import Outstanding


def test_ended_ones_are_not_open() -> None:
    outstanding = Outstanding()
    outstanding.begin_until(5)
    for number in (0, 3, 1):
        outstanding.end(number)
    assert outstanding.open() == [2, 4]


def test_an_end_tells_of_a_beginning() -> None:
    outstanding = Outstanding()
    outstanding.end(2)
    assert outstanding.open() == [0, 1]


@given(st.permutations(range(20)), st.integers(0, 20))
def test_open_is_begun_without_ended(order: list[int], ended: int) -> None:
    outstanding = Outstanding()
    outstanding.begin_until(20)
    for number in order[:ended]:
        outstanding.end(number)
    assert outstanding.open() == sorted(order[ended:])
