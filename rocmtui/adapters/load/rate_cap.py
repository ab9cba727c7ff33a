"""The --max-rate cap, by asyncio-throttle: it releases in bursts, so it caps a load, never schedules one."""

from __future__ import annotations

import asyncio

from asyncio_throttle.throttler import Throttler

BURST_S = 0.5
"""What is due in so long a time may go at once: shorter would make more of the throttler's 10 ms polls."""


class ThrottledRate:
    """Lets at most `rate` requests a second through; implements `core.ports.RateCap`."""

    def __init__(self, rate: float) -> None:
        limit = max(round(rate * BURST_S), 1)
        self._throttler = Throttler(rate_limit=limit, period=limit / rate)
        self._turn = asyncio.Lock()

    async def acquire(self) -> None:
        """Wait until one more may go, first come first served; only the next in line polls the throttler."""
        async with self._turn:
            await self._throttler.acquire()  # type: ignore[no-untyped-call]
