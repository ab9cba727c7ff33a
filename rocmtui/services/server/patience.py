"""Says what is awaited when a wait grows long, so that nothing waits in silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rocmtui.core.session.events import Noticed
from rocmtui.core.session.ports import Clock, EventSink
from rocmtui.core.text import forms

FIRST_S = 10.0
LONGEST_S = 60.0


class Patience:
    """One wait. The first line comes after ten seconds, then at growing distances, a minute at the most."""

    def __init__(self, clock: Clock, sink: EventSink) -> None:
        self._clock = clock
        self._sink = sink
        self._began_ns = clock.monotonic_ns()
        self._next_s = FIRST_S

    @asynccontextmanager
    async def while_awaiting(self, what: str) -> AsyncIterator[None]:
        """Within it the line comes by itself, for a wait that is one long question."""
        speaking = asyncio.create_task(self._speak(what))
        try:
            yield
        finally:
            speaking.cancel()

    async def _speak(self, what: str) -> None:
        while True:
            await self._clock.sleep(1.0)
            self.say(what)

    @property
    def waited_s(self) -> float:
        """Since the wait began."""
        return (self._clock.monotonic_ns() - self._began_ns) / 1e9

    def say(self, awaited: str) -> None:
        """Say what is awaited, if it is time."""
        waited_s = self.waited_s
        if waited_s < self._next_s:
            return
        self._next_s = waited_s + min(waited_s, LONGEST_S)
        text = f"waiting for {forms.duration(waited_s)}: {awaited}"
        self._sink.emit(Noticed(at_ns=self._clock.monotonic_ns(), level="info", text=text, code="waiting"))
