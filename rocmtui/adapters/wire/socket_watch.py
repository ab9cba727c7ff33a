"""The sockets of one transport on one event loop: who reads them, on which clock, and how old a stamp may be.

The sockets are ours, because a loop's own transports drop the kernel's stamps. The loop says when there is
something to read; in the midst of long work an epoll of our own does: two tokens of a stream that are read
together come to share the stamp of the second.

To be woken costs as much as to read three tokens. Where 20,000 come a second, all of them dated by the
kernel, the loop rests a moment before it looks: one wake brings several, and no stamp is the later for it.
"""

from __future__ import annotations

import asyncio
import select
import time
from typing import Protocol

from rocmtui.adapters.wire.dialing import stamping_socket
from rocmtui.core.request.arrival import ArrivalClock

BEAT_S = 0.1
"""Tokens wait so long to be parsed; and no stamp is believed that is older than the beat before the last."""
GLANCE_NS = 300_000
"""Work that takes longer is interrupted for a look."""
REST_NS = 200_000
REST_OVER = 2000
"""So many reads with the kernel's stamp in a beat make the loop rest."""


class Watched(Protocol):
    """A connection, as far as it is watched."""

    def read(self) -> None: ...
    def settle(self) -> None: ...
    def close(self) -> None: ...


class SocketWatch:
    """The connections of one transport."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.clock = ArrivalClock(time.monotonic_ns, time.time_ns)
        self.looked_ns = self._beat_ns = time.monotonic_ns()
        """All that had come by then has been read: between two beats the loop has looked at every socket."""
        self._glanced_ns = self._rested_ns = 0
        self._rests = False
        self._dated = 0
        """Reads with the kernel's stamp, by the last beat."""
        self.loop = loop
        self._epoll = select.epoll()
        self._stamping = stamping_socket()
        self._connections: dict[int, Watched] = {}
        self._beat: asyncio.TimerHandle | None = None

    def add(self, fd: int, connection: Watched) -> None:
        """Read from it from now on."""
        self._connections[fd] = connection
        self._epoll.register(fd, select.EPOLLIN)
        self.loop.add_reader(fd, connection.read)
        if self._beat is None:
            self._on_beat()

    def remove(self, fd: int) -> None:
        """Forget it, before it closes its socket."""
        if self._connections.pop(fd, None) is not None:
            self._epoll.unregister(fd)
            self.loop.remove_reader(fd)
            self.loop.remove_writer(fd)

    def glance(self) -> None:
        """Read what has come, if the last look is a while ago: to be called between pieces of long work."""
        now_ns = time.monotonic_ns()
        if now_ns - self._glanced_ns > GLANCE_NS:
            self._glanced_ns = now_ns
            for fd, _ in self._epoll.poll(0):
                if (connection := self._connections.get(fd)) is not None:
                    connection.read()

    def settle(self) -> None:
        """Parse all that has been read."""
        for connection in list(self._connections.values()):
            connection.settle()
            self.glance()

    def close(self) -> None:
        """Close what is open and give up the descriptors."""
        for connection in list(self._connections.values()):
            connection.close()
        self._epoll.close()
        self._stamping.close()
        if self._beat is not None:
            self._beat.cancel()

    def _on_beat(self) -> None:
        self.settle()
        dated, rested = self.clock.tally().kernel, self._rests
        self._rests, self._dated = dated - self._dated > REST_OVER, dated
        if self._rests and not rested:
            self.loop.call_soon(self._rest)
        self.looked_ns, self._beat_ns = self._beat_ns, time.monotonic_ns()
        self._beat = self.loop.call_later(BEAT_S, self._on_beat) if self._connections else None

    def _rest(self) -> None:
        """Once a turn of the loop, before it looks; a turn of as much work is rest enough for the sockets."""
        if time.monotonic_ns() - self._rested_ns < REST_NS:
            time.sleep(REST_NS / 1e9)
        self._rested_ns = time.monotonic_ns()
        self._rests = self._rests and bool(self._connections)
        if self._rests:
            self.loop.call_soon(self._rest)
