"""When a silent sampler is stale, when it is replaced, and when AMD's library is given up on."""

from __future__ import annotations

import msgspec

STALE_NS = 3_000_000_000
"""Silence after which the last figures are called stale, or two periods where that is longer."""
DEAD_NS = 10_000_000_000
"""Silence after which the process is killed and replaced, or three periods."""
FAILURES_BEFORE_SYSFS_ONLY = 3
PROVEN_NS = 60_000_000_000
"""A process that spoke this long after its start clears the count of failures."""
FIRST_DELAY_NS = 1_000_000_000
LONGEST_DELAY_NS = 30_000_000_000


class SamplerPolicy(msgspec.Struct):
    """Told of starts, lines and deaths; says what to do. Times are monotonic nanoseconds."""

    period_ns: int = 0
    """Of its samples."""
    failures: int = 0
    started_ns: int = 0
    heard_ns: int = 0
    sysfs_only: bool = False
    """AMD's library has been given up on for good."""

    def started(self, now_ns: int) -> None:
        """A process was started."""
        self.started_ns = self.heard_ns = now_ns

    def heard(self, now_ns: int) -> None:
        """It sent a sample."""
        self.heard_ns = now_ns
        if now_ns - self.started_ns >= PROVEN_NS:
            self.failures = 0

    def failed(self) -> int:
        """It died or was killed; returns the nanoseconds to wait before the next start."""
        self.failures += 1
        self.sysfs_only = self.sysfs_only or self.failures >= FAILURES_BEFORE_SYSFS_ONLY
        return min(FIRST_DELAY_NS << min(self.failures - 1, 10), LONGEST_DELAY_NS)

    def is_stale(self, now_ns: int) -> bool:
        """Whether its last sample is too old to be called current."""
        return now_ns - self.heard_ns >= max(STALE_NS, 2 * self.period_ns)

    def is_dead(self, now_ns: int) -> bool:
        """Whether to kill it."""
        return now_ns - self.heard_ns >= max(DEAD_NS, 3 * self.period_ns)
