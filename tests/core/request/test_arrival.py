"""The kernel's stamp on the monotonic clock, and when it is not believed."""

from __future__ import annotations

import struct

import pytest

from rocmtui.core.request.arrival import SLACK_NS, STEADY_NS, ArrivalClock, ReadTally, merged_reads
from rocmtui.core.stats.histogram import Histogram

MS = 1_000_000
SECOND = 1_000_000_000


class Clocks:
    """Both clocks of a machine, and a kernel that stamps by one of them."""

    def __init__(self) -> None:
        self.now_ns = 1000 * SECOND
        self.ahead_ns = 1_700_000_000 * SECOND
        """The wall clock over the monotonic one."""
        self.hiccup_ns = 0
        """Lost between reading one clock and the other, once."""

    def monotonic_ns(self) -> int:
        return self.now_ns

    def realtime_ns(self) -> int:
        self.now_ns += self.hiccup_ns
        self.hiccup_ns = 0
        return self.now_ns + self.ahead_ns

    def stamp(self) -> list[tuple[int, int, bytes]]:
        """What comes beside bytes that arrive now."""
        return [(1, 35, struct.pack("@ll", *divmod(self.now_ns + self.ahead_ns, SECOND)))]


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def clock(clocks: Clocks) -> ArrivalClock:
    return ArrivalClock(clocks.monotonic_ns, clocks.realtime_ns)


def counts(clock: ArrivalClock) -> tuple[int, int, int]:
    tally = clock.tally()
    return tally.kernel, tally.own, tally.refused


def test_a_late_read_is_dated_by_its_arrival(clocks: Clocks, clock: ArrivalClock) -> None:
    looked_ns = clocks.now_ns
    clocks.now_ns += 5 * MS
    stamp, arrived_ns = clocks.stamp(), clocks.now_ns
    clocks.now_ns += 30 * MS
    assert clock.arrived(stamp, looked_ns) == arrived_ns
    assert counts(clock) == (1, 0, 0)
    assert clock.tally().late_ms.max == 30.0


def test_what_comes_while_we_read_is_no_future(clocks: Clocks, clock: ArrivalClock) -> None:
    looked_ns = clocks.now_ns
    clocks.now_ns += MS
    stamp, arrived_ns = clocks.stamp(), clocks.now_ns
    clocks.now_ns += MS
    assert clock.arrived(stamp, looked_ns) == arrived_ns
    assert clock.tally().late_ms.max == 1.0


def test_without_a_stamp_it_is_the_read(clocks: Clocks, clock: ArrivalClock) -> None:
    assert clock.arrived([], 0) == clocks.now_ns
    assert counts(clock) == (0, 1, 0)


def test_a_stamp_from_the_future_is_refused(clocks: Clocks, clock: ArrivalClock) -> None:
    clocks.now_ns += MS
    stamp = clocks.stamp()
    clocks.now_ns -= MS
    assert clock.arrived(stamp, 0) == clocks.now_ns
    assert counts(clock) == (0, 0, 1)


def test_a_stamp_older_than_the_last_look_is_refused(clocks: Clocks, clock: ArrivalClock) -> None:
    stamp = clocks.stamp()
    clocks.now_ns += 3 * MS
    looked_ns = clocks.now_ns  # nothing was there
    clocks.now_ns += MS
    assert clock.arrived(stamp, looked_ns) == clocks.now_ns
    assert counts(clock) == (0, 0, 1)


def test_a_packet_may_take_a_moment_from_its_stamp_to_its_socket(clocks: Clocks, clock: ArrivalClock) -> None:
    stamp, arrived_ns = clocks.stamp(), clocks.now_ns
    clocks.now_ns += SLACK_NS // 2
    looked_ns = clocks.now_ns
    clocks.now_ns += MS
    assert clock.arrived(stamp, looked_ns) == arrived_ns


@pytest.mark.parametrize("step_ns", [-SECOND, -3 * MS, -MS // 10, MS // 10, 3 * MS, SECOND])
def test_a_wall_clock_that_is_set_spoils_no_read(clocks: Clocks, clock: ArrivalClock, step_ns: int) -> None:
    """What came before it was set is dated by its read, at worst; what comes after is right again."""
    looked_ns = clocks.now_ns
    clocks.now_ns += 2 * MS
    before = clocks.stamp()
    clocks.ahead_ns += step_ns
    clocks.now_ns += 5 * MS
    assert clock.arrived(before, looked_ns) == clocks.now_ns
    clocks.now_ns += MS // 20
    assert clock.arrived(before, looked_ns) == clocks.now_ns  # another connection's, of the same turn
    assert counts(clock) == (0, 0, 2)
    clocks.now_ns += MS
    after, arrived_ns = clocks.stamp(), clocks.now_ns
    clocks.now_ns += 5 * MS
    assert clock.arrived(after, looked_ns) == arrived_ns
    assert counts(clock) == (1, 0, 2)


def test_clocks_that_are_slewed_drift_apart_slowly(clocks: Clocks, clock: ArrivalClock) -> None:
    for _ in range(20):
        clocks.now_ns += SECOND
        clocks.ahead_ns += STEADY_NS + SECOND // 2000
        stamp, arrived_ns = clocks.stamp(), clocks.now_ns
        clocks.now_ns += MS
        assert clock.arrived(stamp, arrived_ns) == arrived_ns
    assert counts(clock) == (20, 0, 0)


def test_losing_the_processor_between_the_clocks_is_no_step(clocks: Clocks, clock: ArrivalClock) -> None:
    stamp, arrived_ns = clocks.stamp(), clocks.now_ns
    clocks.now_ns += MS
    clocks.hiccup_ns = 8 * MS
    assert clock.arrived(stamp, 0) == arrived_ns
    assert counts(clock) == (1, 0, 0)


def test_all_reads_are_counted_however_many(clocks: Clocks, clock: ArrivalClock) -> None:
    for number in range(10_000):
        stamp = clocks.stamp()
        clocks.now_ns += number
        clock.arrived(stamp, 0)
    assert counts(clock) == (10_000, 0, 0)
    assert clock.tally().late_ms.count == 10_000
    assert clock.tally().late_ms.max == 0.009


def test_tallies_of_several_processes_add_up() -> None:
    late = Histogram()
    late.add(3.0)
    together = merged_reads(
        [ReadTally(kernel=1, own=2, late_ms=late, shared=3, shared_ms_max=4.0), ReadTally(refused=5)]
    )
    assert (together.kernel, together.own, together.refused, together.shared) == (1, 2, 5, 3)
    assert (together.shared_ms_max, together.late_ms.max) == (4.0, 3.0)
