"""How fast slots are, and which stand still."""

from __future__ import annotations

import pytest

from rocmtui.core.server.slot_rates import SlotRates
from rocmtui.core.server.state import SlotReading

MS = 1_000_000


def reading(decoded: int, slot: int = 0, task: int = 1) -> SlotReading:
    return SlotReading(id=slot, n_ctx=4096, is_processing=True, task=task, decoded=decoded)


def observed(*steps: tuple[int, int]) -> SlotReading:
    """The last of readings at these milliseconds, of so many tokens."""
    rates = SlotRates()
    found = [rates.observe((reading(decoded),), at_ms * MS)[0] for at_ms, decoded in steps]
    return found[-1]


def test_the_speed_is_that_of_the_last_readings() -> None:
    assert observed((0, 1), (500, 51)).tps == pytest.approx(100)


def test_a_slot_that_makes_no_token_for_long_is_stalled() -> None:
    assert observed((0, 1), (500, 51), (1000, 51)).stalled_ms == 500
    assert observed((0, 1), (500, 51), (1000, 51), (1500, 52)).stalled_ms is None


def test_a_slow_slot_may_take_ten_times_its_usual() -> None:
    assert observed((0, 1), (500, 2), (3000, 2)).stalled_ms is None
    assert observed((0, 1), (500, 2), (5600, 2)).stalled_ms == 5100


def test_of_a_slot_that_never_moved_nothing_is_known() -> None:
    assert observed((0, 1), (5000, 1)).stalled_ms is None


def test_a_new_task_begins_anew() -> None:
    rates = SlotRates()
    rates.observe((reading(1),), 0)
    rates.observe((reading(51),), 500 * MS)
    assert rates.observe((reading(51, task=2),), 5000 * MS)[0].stalled_ms is None
