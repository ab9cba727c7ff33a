"""What reaches a supervisor: wishes of its callers, who wait until they are heard, happenings, deadlines."""

from __future__ import annotations

import asyncio

import msgspec

from rocmtui.core.server.machine import Due, Happening
from rocmtui.core.server.state import ServerStatus
from rocmtui.core.session.ports import Clock
from rocmtui.services.server.run import ServerRun


class Message(msgspec.Struct, frozen=True):
    """One of them."""

    event: Happening
    run: ServerRun | None = None
    """Whom it is about; None for wishes and deadlines."""
    waiter: asyncio.Future[ServerStatus] | None = None
    """Resolved once things have settled after it."""


class Inbox:
    """Messages in their order; a deadline makes one of its own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._waiters: list[asyncio.Future[ServerStatus]] = []
        """Of the messages taken out so far."""

    def put(self, event: Happening, run: ServerRun | None = None) -> None:
        """Add one that nobody waits for."""
        self._messages.put_nowait(Message(event, run))

    def wish(self, event: Happening, run: ServerRun | None) -> asyncio.Future[ServerStatus]:
        """Add one; what things came to, once they have settled after it."""
        waiter: asyncio.Future[ServerStatus] = asyncio.get_running_loop().create_future()
        self._messages.put_nowait(Message(event, run, waiter))
        return waiter

    def settle(self, outcome: ServerStatus | Exception) -> None:
        """Answer all whose wishes were taken."""
        for waiter in self._waiters:
            if waiter.done():
                continue
            if isinstance(outcome, Exception):
                waiter.set_exception(outcome)
            else:
                waiter.set_result(outcome)
        self._waiters.clear()

    async def next(self, deadline_ns: int | None) -> Message:
        """The next message, or Due when the deadline comes first."""
        message = await self._next(deadline_ns)
        if message.waiter is not None:
            self._waiters.append(message.waiter)
        return message

    async def _next(self, deadline_ns: int | None) -> Message:
        if deadline_ns is None or not self._messages.empty():
            return await self._messages.get()
        message = asyncio.ensure_future(self._messages.get())
        left_s = (deadline_ns - self._clock.monotonic_ns()) / 1e9
        timer = asyncio.ensure_future(self._clock.sleep(left_s))
        try:
            await asyncio.wait((message, timer), return_when=asyncio.FIRST_COMPLETED)
            return message.result() if message.done() else Message(Due())
        finally:
            timer.cancel()
            message.cancel()
