"""A clock that moves only when told."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count


class ManualClock:
    """Implements core.ports.Clock; `advance` wakes sleepers in the order of their times."""

    def __init__(self, monotonic_ns: int = 0, unix_ns: int = 1_700_000_000_000_000_000) -> None:
        self._now_ns = monotonic_ns
        self._unix_offset_ns = unix_ns - monotonic_ns
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = count()

    def monotonic_ns(self) -> int:
        return self._now_ns

    def unix_ns(self) -> int:
        return self._now_ns + self._unix_offset_ns

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now_ns + int(seconds * 1e9), next(self._order), wake))
        await wake

    def tick(self, seconds: float) -> None:
        """Move time without waking anybody."""
        self._now_ns += int(seconds * 1e9)

    async def advance(self, seconds: float) -> None:
        """Move time, waking each sleeper at its own moment and letting it run."""
        until_ns = self._now_ns + int(seconds * 1e9)
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= until_ns:
            at_ns, _, wake = heapq.heappop(self._sleepers)
            self._now_ns = max(self._now_ns, at_ns)
            if not wake.done():
                wake.set_result(None)
            await _settle()
        self._now_ns = until_ns
        await _settle()


async def _settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)
