"""When bytes arrived: the kernel's receive stamp on the monotonic clock, or the read's own time and why.

Linux stamps each packet as it takes it in and hands the stamp out with the bytes, by the wall clock. How far
that clock is from the monotonic one is measured at each read; where the two have moved against each other
since the read before, the wall clock was set, and no stamp from before that moment is used.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from rocmtui.core.stats.histogram import Histogram, merged

SO_TIMESTAMPNS = 35
"""Asks for stamps and is the type they come with; Python has no name for it. x86 and arm64."""
ANCILLARY_BYTES = 64
STEADY_NS = 50_000
"""The two clocks may differ by so much from one read to the next, and by a thousandth of the time between."""
SLACK_NS = 1_000_000
ROUND_NS = 1000
"""Lateness is counted in steps of a microsecond."""
_unpack_from = struct.Struct("@ll").unpack_from

Ancillary = Sequence[tuple[int, int, bytes]]
"""What `recvmsg` gives beside the bytes."""


class ReadTally(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What reads were stamped by, and how late they came."""

    kernel: int = 0
    """Reads that carry the kernel's stamp."""
    own: int = 0
    """Reads without one: UNIX sockets, systems without the option."""
    refused: int = 0
    """Reads whose stamp could not be: the wall clock was set, or the stamp was older than the last look."""
    late_ms: Histogram = msgspec.field(default_factory=Histogram)
    """From the kernel's stamp to the read, of each read that has one."""
    shared: int = 0
    """Events that carry the stamp of a later one, because one read brought both."""
    shared_ms_max: float = 0.0
    """How much earlier than its stamp such an event can have come at most: since the read before."""


def merged_reads(tallies: Sequence[ReadTally]) -> ReadTally:
    """Those of several processes together."""
    return ReadTally(
        kernel=sum(tally.kernel for tally in tallies),
        own=sum(tally.own for tally in tallies),
        refused=sum(tally.refused for tally in tallies),
        late_ms=merged(tally.late_ms for tally in tallies),
        shared=sum(tally.shared for tally in tallies),
        shared_ms_max=max((tally.shared_ms_max for tally in tallies), default=0.0),
    )


class ArrivalClock:
    """Stamps reads. The clocks are functions, in nanoseconds."""

    def __init__(self, monotonic_ns: Callable[[], int], realtime_ns: Callable[[], int]) -> None:
        self._monotonic_ns = monotonic_ns
        self._realtime_ns = realtime_ns
        self._looked_ns = monotonic_ns()
        self._offset_ns = realtime_ns() - self._looked_ns
        """How far the wall clock is ahead."""
        self._set_ns = self._looked_ns
        """Stamps from before were taken by a wall clock that has been set since."""
        self._tally = ReadTally()
        self._late_ns: list[int] = []

    def arrived(self, ancillary: Ancillary, since_ns: int) -> int:
        """Monotonic time at which what was just read arrived.

        `since_ns` is when the loop last looked and nothing was there: an older stamp cannot be. A packet is
        stamped before it is in the socket's queue, so that SLACK_NS are forgiven.
        """
        if not ancillary:
            self._tally.own += 1
            return self._monotonic_ns()
        now_ns = self._monotonic_ns()
        offset_ns = self._realtime_ns() - now_ns
        if abs(offset_ns - self._offset_ns) > STEADY_NS:
            now_ns, offset_ns = self._looked_again(now_ns, offset_ns)
        self._looked_ns, self._offset_ns = now_ns, offset_ns
        seconds, nanoseconds = _unpack_from(ancillary[0][2])
        arrived_ns: int = seconds * 1_000_000_000 + nanoseconds - offset_ns
        if now_ns < arrived_ns or arrived_ns < since_ns - SLACK_NS or arrived_ns < self._set_ns:
            self._tally.refused += 1
            return now_ns
        self._late_ns.append(now_ns - arrived_ns)
        return arrived_ns

    def tally(self) -> ReadTally:
        """All reads so far. Until it is called, 40 bytes a read are kept."""
        late_ns, self._late_ns = self._late_ns, []
        self._tally.kernel += len(late_ns)
        steps = Counter([late // ROUND_NS for late in late_ns])
        self._tally.late_ms.add_counted({step * ROUND_NS / 1e6: count for step, count in steps.items()})
        return self._tally

    def _looked_again(self, now_ns: int, offset_ns: int) -> tuple[int, int]:
        """Both clocks, which have moved against each other: adjusted over time, or one of them was set."""
        allowed_ns = STEADY_NS + (now_ns - self._looked_ns) // 1000
        if abs(offset_ns - self._offset_ns) > allowed_ns:  # or we lost the processor between the two looks
            now_ns = self._monotonic_ns()
            offset_ns = self._realtime_ns() - now_ns
            if abs(offset_ns - self._offset_ns) > allowed_ns:
                self._set_ns = now_ns
        return now_ns, offset_ns
