"""Watches the sockets of one transport: reads what is there, stamped, to be parsed now or a little later.

The sockets are ours, because a loop's own transports drop the kernel's stamps. They share one epoll, whose
descriptor the loop watches: one callback of the loop reads all that is there. Tokens are parsed many in a
row, which costs a fraction of parsing each in a turn of the loop of its own.
"""

from __future__ import annotations

import asyncio
import select
import time
from collections import deque
from typing import Protocol

from rocmtui.adapters.wire.dialing import stamping_socket
from rocmtui.core.request.arrival import ArrivalClock

BEAT_S = 0.1
"""Tokens wait so long to be parsed; and no stamp is believed that is older than the last look."""
GLANCE_NS = 300_000
"""Work that takes longer is interrupted for a look, lest two tokens of a stream come to share a read."""


class Polled(Protocol):
    """A connection."""

    def ready(self, events: int, since_ns: int) -> bool:
        """Read what is there, or write what waits; whether it is to be parsed at once.

        Nothing was there at `since_ns`.
        """

    def parse(self) -> None:
        """Parse the reads it kept."""

    def close(self) -> None:
        """Close its socket."""


class Poller:
    """The connections of one transport on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.clock = ArrivalClock(time.monotonic_ns, time.time_ns)
        self._loop = loop
        self._epoll = select.epoll()
        self._stamping = stamping_socket()
        self._connections: dict[int, Polled] = {}
        self._keeping: list[Polled] = []
        self._urgent: deque[Polled] = deque()
        self._looked_ns = time.monotonic_ns()
        self._beat: asyncio.TimerHandle | None = None
        loop.add_reader(self._epoll.fileno(), self._look)

    def add(self, fd: int, connection: Polled) -> None:
        """Read from it from now on."""
        self._epoll.register(fd, select.EPOLLIN)
        self._connections[fd] = connection
        if self._beat is None:
            self._beat = self._loop.call_later(BEAT_S, self._on_beat)

    def watch(self, fd: int, *, reads: bool = True, writes: bool = False) -> None:
        """Change what it waits for."""
        self._epoll.modify(fd, select.EPOLLIN * reads | select.EPOLLOUT * writes)

    def remove(self, fd: int) -> None:
        """Forget it, before it closes its socket."""
        if self._connections.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def keep(self, connection: Polled) -> None:
        """It has reads that need not be parsed before the next beat."""
        self._keeping.append(connection)

    def close(self) -> None:
        """Close what is open and give up the descriptor."""
        for connection in list(self._connections.values()):
            connection.close()
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()
        self._stamping.close()
        if self._beat is not None:
            self._beat.cancel()

    def glance(self) -> None:
        """Stamp what has come, if the last look is a while ago: to be called between pieces of long work."""
        if time.monotonic_ns() - self._looked_ns > GLANCE_NS:
            self._stamp()
            if self._urgent:
                self._loop.call_soon(self._parse_urgent)

    def settle(self) -> None:
        """Parse all that has come."""
        self._look()
        due, self._keeping = self._keeping, []
        for connection in due:
            connection.parse()
            self.glance()

    def _look(self) -> None:
        self._stamp()
        self._parse_urgent()

    def _stamp(self) -> None:
        """All that came, before any of it is parsed: not every stamp is the kernel's."""
        since_ns, self._looked_ns = self._looked_ns, time.monotonic_ns()
        for fd, events in self._epoll.poll(0):
            connection = self._connections.get(fd)
            if connection is not None and connection.ready(events, since_ns):
                self._urgent.append(connection)

    def _parse_urgent(self) -> None:
        while self._urgent:
            self._urgent.popleft().parse()
            self.glance()

    def _on_beat(self) -> None:
        self.settle()
        self._beat = self._loop.call_later(BEAT_S, self._on_beat) if self._connections else None
