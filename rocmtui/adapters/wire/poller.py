"""Watches the sockets of one transport: reads what is there, stamped, to be parsed now or a little later.

The sockets are ours, because a loop's own transports drop the kernel's stamps. The loop says when there is
something to read; in the midst of long work, and before everything is counted, an epoll of our own says so.
Tokens are parsed many in a row, which costs a fraction of parsing each in a turn of the loop of its own.
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
READS_A_LOOK = 16
"""After so many reads in a row the clocks are read again."""


class Polled(Protocol):
    """A connection."""

    def read(self) -> bool:
        """Read what is there; whether it is to be parsed soon."""

    def write_on(self) -> None:
        """Write what waits."""

    def parse(self) -> None:
        """Parse the reads it kept."""

    def close(self) -> None:
        """Close its socket."""


class Poller:
    """The connections of one transport on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.clock = ArrivalClock(time.monotonic_ns, time.time_ns)
        self.looked_ns = time.monotonic_ns()
        """All that had come by then has been read."""
        self._loop = loop
        self._epoll = select.epoll()
        self._stamping = stamping_socket()
        self._connections: dict[int, Polled] = {}
        self._keeping: list[Polled] = []
        self._urgent: deque[Polled] = deque()
        self._beat: asyncio.TimerHandle | None = None

    def add(self, fd: int, connection: Polled) -> None:
        """Read from it from now on."""
        self._epoll.register(fd, select.EPOLLIN)
        self._loop.add_reader(fd, self._wake, connection)
        self._connections[fd] = connection
        if self._beat is None:
            self._beat = self._loop.call_later(BEAT_S, self._on_beat)

    def watch(self, fd: int, *, reads: bool, writes: bool) -> None:
        """Change what it waits for."""
        connection = self._connections[fd]
        self._epoll.modify(fd, select.EPOLLIN * reads)
        if reads:
            self._loop.add_reader(fd, self._wake, connection)
        else:
            self._loop.remove_reader(fd)
        if writes:
            self._loop.add_writer(fd, connection.write_on)
        else:
            self._loop.remove_writer(fd)

    def remove(self, fd: int) -> None:
        """Forget it, before it closes its socket."""
        if self._connections.pop(fd, None) is not None:
            self._epoll.unregister(fd)
            self._loop.remove_reader(fd)
            self._loop.remove_writer(fd)

    def keep(self, connection: Polled) -> None:
        """It has reads that need not be parsed before the next beat."""
        self._keeping.append(connection)

    def close(self) -> None:
        """Close what is open and give up the descriptors."""
        for connection in list(self._connections.values()):
            connection.close()
        self._epoll.close()
        self._stamping.close()
        if self._beat is not None:
            self._beat.cancel()

    def glance(self) -> None:
        """Stamp what has come, if the last look is a while ago: to be called between pieces of long work."""
        if time.monotonic_ns() - self.looked_ns > GLANCE_NS:
            self._look()

    def settle(self) -> None:
        """Parse all that has come."""
        self._look()
        self._parse_urgent()
        due, self._keeping = self._keeping, []
        for connection in due:
            connection.parse()
            self.glance()

    def _wake(self, connection: Polled) -> None:
        self.clock.look()
        if connection.read():
            self._soon(connection)

    def _look(self) -> None:
        now_ns = self.clock.look()
        for number, (fd, events) in enumerate(self._epoll.poll(0), 1):
            if number % READS_A_LOOK == 0:
                self.clock.look()
            connection = self._connections.get(fd)
            if connection is not None and events & select.EPOLLIN and connection.read():
                self._soon(connection)
        self.looked_ns = now_ns

    def _soon(self, connection: Polled) -> None:
        """Parse it when all that came with it is stamped: not every stamp is the kernel's."""
        if not self._urgent:
            self._loop.call_soon(self._parse_urgent)
        self._urgent.append(connection)

    def _parse_urgent(self) -> None:
        while self._urgent:
            self._urgent.popleft().parse()
            self.glance()

    def _on_beat(self) -> None:
        self.settle()
        self._beat = self._loop.call_later(BEAT_S, self._on_beat) if self._connections else None
