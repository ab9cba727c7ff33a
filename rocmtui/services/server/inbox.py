"""What reaches a supervisor: wishes of its callers, happenings of its run, and deadlines."""

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

    def put(self, message: Message) -> None:
        """Add one."""
        self._messages.put_nowait(message)

    async def next(self, deadline_ns: int | None) -> Message:
        """The next message, or Due when the deadline comes first."""
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
