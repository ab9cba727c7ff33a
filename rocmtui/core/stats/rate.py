"""Counts per second over a sliding window: O(1) an addition, fixed memory."""

from __future__ import annotations


class WindowRate:
    """Sums what was added in the last `window_ns`, in `buckets` steps."""

    def __init__(self, window_ns: int, buckets: int = 20) -> None:
        self._width_ns = window_ns // buckets
        self._counts: list[float] = [0] * buckets
        self._newest = 0
        """Number of the newest bucket, counted from time 0."""
        self._first_ns: int | None = None

    def add(self, at_ns: int, n: float) -> None:
        """Count `n` at `at_ns`."""
        bucket = at_ns // self._width_ns
        if bucket != self._newest:
            self._turn_to(bucket)
        if self._first_ns is None:
            self._first_ns = at_ns
        self._counts[bucket % len(self._counts)] += n

    def per_second(self, now_ns: int) -> float | None:
        """Mean rate over the window; over the time since the first addition while that is shorter.

        None before the first addition and in its first bucket, where a rate would be noise.
        """
        if self._first_ns is None:
            return None
        total = self.total(now_ns)
        window_start_ns = (self._newest - len(self._counts) + 1) * self._width_ns
        span_ns = now_ns - max(window_start_ns, self._first_ns)
        if span_ns < self._width_ns:
            return None
        return total * 1e9 / span_ns

    def total(self, now_ns: int) -> float:
        """What was added in the window."""
        self._turn_to(now_ns // self._width_ns)
        return sum(self._counts)

    def _turn_to(self, bucket: int) -> None:
        size = len(self._counts)
        if bucket < self._newest:
            return
        for step in range(max(self._newest + 1, bucket - size + 1), bucket + 1):
            self._counts[step % size] = 0
        self._newest = bucket
