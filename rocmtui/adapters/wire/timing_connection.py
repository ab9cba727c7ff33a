"""One connection for one exchange: its socket read with the kernel's stamps, written, closed in time.

A read is parsed at once where somebody waits for what it says: headers, the end, a body read through httpx.
Of tokens only the stamp matters: they are parsed many in a row, at a third of the cost.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time

from rocmtui.adapters.wire.body_tap import BodyTap, NotHttp
from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.adapters.wire.response_parser import ResponseParser
from rocmtui.adapters.wire.socket_watch import SocketWatch
from rocmtui.adapters.wire.tls import TlsSession
from rocmtui.core.request.arrival import ANCILLARY_BYTES
from rocmtui.core.request.network import TCP_INFO_BYTES, network_figures

monotonic_ns = time.monotonic_ns
READ_BYTES = 1 << 14
MOST_UNREAD_BYTES = 1 << 20
"""A body read through httpx waits in the kernel once so much of it waits here."""
_END_OF_CHUNKS = b"\r\n\r\n"
"""Ends the last chunk of a body, and no other chunk of events whose lines end with line feeds."""


class TimingConnection:
    """Sends one request, reads one response, then closes. `head` is done when the headers are there."""

    def __init__(
        self,
        watch: SocketWatch,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        tls: TlsSession | None,
        tap: BodyTap | None,
    ) -> None:
        self._watch, self._loop = watch, loop
        self._sock, self._fd = sock, sock.fileno()
        self._recvmsg, self._arrived = sock.recvmsg, watch.clock.arrived
        self._tls, self._tap = tls, tap
        self._unsent = b""
        self._silence: asyncio.TimerHandle | None = None
        self._read_timeout_s: float | None = None
        self._active_ns = 0
        self._behind = False
        """Something may be there that the last look did not read."""
        self.head: asyncio.Future[None] = loop.create_future()
        self.response = ResponseParser(tap, self.head)
        self._kept: list[tuple[bytes, int]] = []
        """Reads not parsed yet, with their stamps."""
        self.error: Exception | None = None
        self.ended = False
        """Nothing more will come: the response is complete or `error` says why not."""
        self._more: asyncio.Future[None] | None = None
        watch.add(self._fd, self)

    def read(self) -> None:
        """Stamp what is there, and parse what cannot wait."""
        try:
            data, ancillary, _, _ = self._recvmsg(READ_BYTES, ANCILLARY_BYTES)
            if not data:
                return self._end_of_stream()
            since_ns = self._active_ns
            if self._watch.looked_ns > since_ns and not self._behind:
                since_ns = self._watch.looked_ns
            self._active_ns = arrived_ns = self._arrived(ancillary, since_ns)
            self._behind = len(data) == READ_BYTES
            if self._tls is not None:
                data = self._decrypted(self._tls, data)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:  # of TLS, too
            return self.fail(httpx.ReadError(f"the connection broke: {error}"))
        if not data:  # TLS spoke to itself
            return None
        self._kept.append((data, arrived_ns))
        if not self.response.streams or data.endswith(_END_OF_CHUNKS) or len(data) < len(_END_OF_CHUNKS):
            self.parse()
        return None

    def parse(self) -> None:
        """Parse the reads kept."""
        kept, self._kept = self._kept, []
        response = self.response
        try:
            for data, arrived_ns in kept:
                response.feed(data, arrived_ns)
                if response.over:
                    return self._end()
        except NotHttp as error:
            return self.fail(error)
        if response.chunks:
            self._wake()
            if response.unread_bytes >= MOST_UNREAD_BYTES:
                self._wait_for(reads=False)
        return None

    def _decrypted(self, tls: TlsSession, data: bytes) -> bytes:
        plain = tls.decrypted(data)
        self._write(tls.encrypted(b""))
        if tls.closed and not self.ended:
            self._loop.call_soon(self._end_of_stream)
        return plain

    def _end_of_stream(self) -> None:
        self.parse()
        if self.ended or self.response.end_of_stream():
            self._end()
        elif self.got_bytes:
            self.fail(httpx.RemoteProtocolError("server closed the connection in the middle of its response"))
        else:
            self.fail(httpx.RemoteProtocolError("server disconnected without sending a response"))

    def send(self, data: bytes, read_timeout_s: float | None) -> int:
        """Write the request; returns the stamp taken just before."""
        if self._tls is not None:
            data = self._tls.encrypted(data)
        self._active_ns = sent_ns = monotonic_ns()
        self._write(data)
        if read_timeout_s is not None and not self.ended:
            self._read_timeout_s = read_timeout_s
            self._silence = self._loop.call_later(read_timeout_s, self._check_silence)
        return sent_ns

    def write_on(self) -> None:
        """Write what waits."""
        self._write(self._unsent)

    def _write(self, data: bytes) -> None:
        if self.ended or not data:
            return
        waited = bool(self._unsent)
        try:
            self._unsent = data[self._sock.send(data) :]
        except (BlockingIOError, InterruptedError):
            self._unsent = data
        except OSError as error:
            self.read()  # it may have answered before it closed
            self.fail(httpx.WriteError(f"the request could not be written: {error}"))
            return
        if waited is not bool(self._unsent):
            self._wait_for(reads=True)

    def _wait_for(self, *, reads: bool) -> None:
        if not self.ended:
            self._behind = True
            self._watch.watch(self._fd, reads=reads, writes=bool(self._unsent))

    async def chunk(self) -> bytes | None:
        """The next piece of the body that no tap took; None at its end. Raises what it ended with."""
        response = self.response
        while not response.chunks and not self.ended:
            self._more = self._loop.create_future()
            await self._more
        if response.chunks:
            data = response.chunks.popleft()
            full = response.unread_bytes >= MOST_UNREAD_BYTES
            response.unread_bytes -= len(data)
            if full and response.unread_bytes < MOST_UNREAD_BYTES:
                self._wait_for(reads=True)
            return data
        if self.error is not None:
            raise self.error
        return None

    @property
    def got_bytes(self) -> bool:
        """Whether anything ever came."""
        return bool(self.response.at_ns or self._kept)

    def fail(self, error: Exception) -> None:
        """End the exchange with an error and close the socket."""
        self.parse()
        if not self.ended:
            self.error = error
            self._end()

    def close(self) -> None:
        """Close the socket at once; a response not complete is cut off after what has come of it."""
        self.parse()
        self._end()

    def _end(self) -> None:
        if self.ended:
            return
        self.ended = True
        self.response.release()
        self._tell_network()
        self._tap = None
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        self._watch.remove(self._fd)
        self._sock.close()
        if not self.head.done():
            if self.error is None:
                self.head.cancel()
            else:
                self.head.set_exception(self.error)
                self.head.exception()  # marks it as seen: nobody waits for it after a cancellation
        self._wake()

    def _tell_network(self) -> None:
        if self._tap is not None and self._sock.family != socket.AF_UNIX:
            with contextlib.suppress(OSError):  # no such question on this system
                info = self._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
                self._tap.network(network_figures(info))

    def _wake(self) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(None)

    def _check_silence(self) -> None:
        """Fires once a timeout, not once a token: looks whether anything came and sets itself again."""
        assert self._read_timeout_s is not None
        self.read()  # a loop that was held up must not call it silence
        if self.ended:
            return
        silent_s = (monotonic_ns() - self._active_ns) / 1e9
        left_s = self._read_timeout_s - silent_s
        if left_s <= 0:
            self.fail(httpx.ReadTimeout(f"nothing came for {self._read_timeout_s:g} s"))
        else:
            self._silence = self._loop.call_later(left_s + 0.001, self._check_silence)
