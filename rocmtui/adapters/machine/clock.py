"""The machine's own clock."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Time as this machine tells it; implements `core.ports.Clock`."""

    def monotonic_ns(self) -> int:
        """Monotonic nanoseconds (CLOCK_MONOTONIC), the same clock in all processes of a machine."""
        return time.monotonic_ns()

    def unix_ns(self) -> int:
        """Nanoseconds since 1970, UTC; may step, so never used for durations."""
        return time.time_ns()

    async def sleep(self, seconds: float) -> None:
        """Let other tasks run for `seconds`."""
        await asyncio.sleep(seconds)


class ToldClock:
    """Time that moves only when told, for recordings that are the same each time."""

    def __init__(self) -> None:
        self._now_ns = 0

    def monotonic_ns(self) -> int:
        """The time told so far."""
        return self._now_ns

    def unix_ns(self) -> int:
        """The same; there is no calendar here."""
        return self._now_ns

    async def sleep(self, seconds: float) -> None:
        """Time does not pass by waiting for it."""
        await asyncio.sleep(0)

    async def next_frame(self, seconds: float) -> None:
        """Move on."""
        self._now_ns += round(seconds * 1e9)


class FrameTimer:
    """Waits from frame to frame in real time, for recordings of a live app."""

    async def next_frame(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
