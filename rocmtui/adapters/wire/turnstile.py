"""Lets waiting tasks go on one a turn of the event loop, so that what arrives is stamped in between.

When many streams end at once, their successors would otherwise be built and sent in one burst: nothing is
read meanwhile, and a server that takes connections one by one counts the burst as delay.
"""

from __future__ import annotations

import asyncio
from collections import deque


class Turnstile:
    """First come, first served, on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def turn(self) -> None:
        """Wait for a turn of one's own."""
        mine: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(mine)
        if len(self._waiting) == 1:
            self._loop.call_soon(self._let_one_go)
        await mine

    def _let_one_go(self) -> None:
        mine = self._waiting.popleft()
        if not mine.done():  # else it was cancelled while it waited
            mine.set_result(None)
        if self._waiting:
            self._loop.call_soon(self._let_one_go)
