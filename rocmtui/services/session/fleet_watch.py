"""Watches the further servers of a fleet: how full each is, asked as gently as one that was attached to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from rocmtui.core.server.machine import MISSES_UNRESPONSIVE, Answered, Silent
from rocmtui.core.server.state import LocalProcess
from rocmtui.core.session.events import Event, FleetRead, Noticed, SlotsRead
from rocmtui.core.session.ports import Clock, EventSink, ServerProbe
from rocmtui.services.server.run import SLEEP_FLAG
from rocmtui.services.server.watch import ServerWatch


class FleetWatch:
    """A task a server: none waits for another, and each fails alone. Emits FleetRead."""

    def __init__(
        self,
        probe: Callable[[str, str | None], ServerProbe],
        process: Callable[[str], LocalProcess | None],
        clock: Clock,
        sink: EventSink,
    ) -> None:
        """`probe` asks an address, with a key; `process` is who serves there, where that can be seen."""
        self._probe = probe
        self._process = process
        self._clock = clock
        self._sink = sink
        self._watched: tuple[tuple[str, ...], str | None] = ((), None)
        self._servers: list[_Further] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, urls: tuple[str, ...], key: str | None) -> None:
        """Watch these from now on and no others; those that are watched already say again how they are."""
        if (urls, key) == self._watched:
            for server in self._servers:
                server.tell_again()
            return
        self._watched = urls, key
        self._leave()
        self._servers = [_Further(number, self._clock, self._sink) for number in range(1, len(urls) + 1)]
        for url, server in zip(urls, self._servers, strict=True):
            task = asyncio.create_task(self._ask(url, key, server))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Ask nothing more."""
        self._leave()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _leave(self) -> None:
        for server in self._servers:
            server.is_watched = False
        for task in self._tasks:
            task.cancel()

    async def _ask(self, url: str, key: str | None, server: _Further) -> None:
        probe, process = self._probe(url, key), self._process(url)
        try:
            await ServerWatch(
                probe,
                self._clock,
                server,
                server.report,
                owned=False,
                may_sleep=process is not None and SLEEP_FLAG in process.command,
                has_slots=True,
            ).run()
        finally:
            await probe.close()


class _Further:
    """What the watch of one server says, as events of the fleet."""

    def __init__(self, number: int, clock: Clock, sink: EventSink) -> None:
        self._number = number
        self._clock = clock
        self._sink = sink
        self._missed = 0
        self._shows_slots = True
        self._said: FleetRead | None = None
        self.is_watched = True

    def emit(self, event: Event) -> None:
        """Its slots, or that it shows none."""
        if isinstance(event, SlotsRead):
            self._tell("read", sum(slot.is_processing for slot in event.slots), len(event.slots))
        elif isinstance(event, Noticed):
            self._shows_slots = False
            self._tell("off")

    def report(self, happening: Answered | Silent) -> None:
        """Whether it answers."""
        if isinstance(happening, Silent):
            self._missed += 1
            if self._missed == MISSES_UNRESPONSIVE:
                self._tell("silent")
        else:
            if self._missed >= MISSES_UNRESPONSIVE and not self._shows_slots:
                self._tell("off")
            self._missed = 0

    def tell_again(self) -> None:
        """What was said last, for a run that begins."""
        if self._said is not None:
            self._tell(self._said.state, self._said.busy, self._said.slots)

    def _tell(
        self, state: Literal["read", "off", "silent"], busy: int | None = None, slots: int | None = None
    ) -> None:
        at_ns = self._clock.monotonic_ns()
        self._said = FleetRead(at_ns=at_ns, server=self._number, state=state, busy=busy, slots=slots)
        if self.is_watched:
            self._sink.emit(self._said)
