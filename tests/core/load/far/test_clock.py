"""The clock of another machine, by round trips: never further off than it says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rocmtui.core.load.far.clock import FarClock, RoundTrip, quickest

DAY_NS = 86_400 * 10**9
delays_ns = st.integers(min_value=1_000, max_value=20_000_000)


def trip(at_ns: int, offset_ns: int, there_ns: int, back_ns: int) -> RoundTrip:
    return RoundTrip(at_ns, at_ns + there_ns + offset_ns, at_ns + there_ns + back_ns)


@given(st.integers(-DAY_NS, DAY_NS), st.lists(st.tuples(delays_ns, delays_ns), min_size=1, max_size=16))
def test_the_offset_is_never_further_off_than_half_the_quickest_trip(
    offset_ns: int, ways: list[tuple[int, int]]
) -> None:
    found = quickest(trip(10**9 * n, offset_ns, there, back) for n, (there, back) in enumerate(ways))
    assert abs(found.offset_ns - offset_ns) <= found.uncertainty_ns + 1
    assert found.uncertainty_ns == min(there + back for there, back in ways) // 2


def test_before_the_first_round_both_clocks_are_taken_as_one() -> None:
    clock = FarClock()
    assert (clock.theirs(5), clock.ahead_ns(5), clock.found()) == (5, 0, None)


def test_a_short_load_goes_by_its_surest_round() -> None:
    clock = FarClock()
    clock.add(quickest([trip(0, DAY_NS, 200_000, 100_000)]))
    clock.add(quickest([trip(10**9, DAY_NS, 9_000_000, 1_000_000)]))
    found = clock.found()
    assert found is not None
    assert (found.rounds, found.drift_ppm) == (2, None)
    assert abs(found.offset_ns - DAY_NS) <= 150_000
    assert found.uncertainty_ns == 150_000


def test_a_drift_is_followed_and_told() -> None:
    """A clock 50 ppm fast is 60 ms off after 20 minutes; between rounds it is known all the same."""
    clock = FarClock()
    for second in range(0, 1200, 5):
        at_ns = second * 10**9
        clock.add(quickest([trip(at_ns, DAY_NS + at_ns // 20_000, 150_000, 100_000 + second * 7 % 60_000)]))
    found = clock.found()
    assert found is not None
    assert found.drift_ppm is not None
    assert abs(found.drift_ppm - 50) < 0.5
    then_ns = 1203 * 10**9
    theirs_ns = then_ns + DAY_NS + then_ns // 20_000
    assert abs(theirs_ns - clock.ahead_ns(theirs_ns) - then_ns) < 200_000
    assert abs(clock.theirs(then_ns) - theirs_ns) < 200_000


def test_a_clock_that_jumps_is_no_longer_called_sure() -> None:
    clock = FarClock()
    for second in range(0, 60, 5):
        jump = 40_000_000 if second > 30 else 0
        clock.add(quickest([trip(second * 10**9, jump, 100_000, 100_000)]))
    found = clock.found()
    assert found is not None
    assert found.uncertainty_ns > 5_000_000
