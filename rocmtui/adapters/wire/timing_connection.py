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
_END_OF_CHUNKS = b"\r\n\r\n"
"""Ends the last chunk of a body, and no other chunk of events whose lines end with line feeds."""


class TimingConnection:
    """Sends one request, reads one response, then closes."""

    def __init__(
        self, watch: SocketWatch, sock: socket.socket, tls: TlsSession | None, tap: BodyTap | None
    ) -> None:
        self._watch, self._loop = watch, watch.loop
        self._sock, self._fd = sock, sock.fileno()
        self._recvmsg, self._arrived = sock.recvmsg, watch.clock.arrived
        self._tls, self._tap = tls, tap
        self._unsent = b""
        self._read_timeout_s: float | None = None
        self._active_ns = 0
        self._behind = False
        """Something may be there that the last look did not read."""
        self._news = asyncio.Event()
        self.response = ResponseParser(tap, self._news)
        self._kept: list[tuple[bytes, int]] = []
        """Reads not parsed yet, with their stamps."""
        self.error: Exception | None = None
        self.ended = False
        """Nothing more will come: the response is complete or `error` says why not."""
        watch.add(self._fd, self)

    def read(self) -> None:
        """Stamp what is there, and parse what cannot wait."""
        if self.response.chunks:  # not wanted yet: the rest of the body waits in the kernel
            self._behind = True
            self._loop.remove_reader(self._fd)
            return None
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
            return self.close(httpx.ReadError(f"the connection broke: {error}"))
        if not data:  # TLS spoke to itself
            return None
        self._kept.append((data, arrived_ns))
        if not self.response.streams or data.endswith(_END_OF_CHUNKS) or len(data) < len(_END_OF_CHUNKS):
            self._parse()
        return None

    def settle(self) -> None:
        """Parse the reads kept; end a silence that is too long."""
        self._parse()
        if self._read_timeout_s is None or self._silent_s() < self._read_timeout_s or self.response.chunks:
            return
        self.read()  # a loop that was held up must not call it silence
        if self._silent_s() >= self._read_timeout_s:
            self.close(httpx.ReadTimeout(f"nothing came for {self._read_timeout_s:g} s"))

    def _silent_s(self) -> float:
        return (monotonic_ns() - self._active_ns) / 1e9

    def _parse(self) -> None:
        kept, self._kept = self._kept, []
        try:
            for data, arrived_ns in kept:
                self.response.feed(data, arrived_ns)
                if self.response.over:
                    return self._end()
        except NotHttp as error:
            self.close(error)
        return None

    def _decrypted(self, tls: TlsSession, data: bytes) -> bytes:
        plain = tls.decrypted(data)
        self._write(tls.encrypted(b""))
        if tls.closed and not self.ended:
            self._loop.call_soon(self._end_of_stream)
        return plain

    def _end_of_stream(self) -> None:
        self._parse()
        if self.ended or self.response.end_of_stream():
            return self._end()
        told = "closed the connection in the middle of its response"
        if not self.response.at_ns:
            told = "disconnected without sending a response"
        return self.close(httpx.RemoteProtocolError(f"server {told}"))

    def send(self, data: bytes, read_timeout_s: float | None) -> int:
        """Write the request; returns the stamp taken just before."""
        if self._tls is not None:
            data = self._tls.encrypted(data)
        self._read_timeout_s = read_timeout_s
        self._active_ns = sent_ns = monotonic_ns()
        self._write(data)
        return sent_ns

    def _write(self, data: bytes) -> None:
        self._unsent += data
        if self.ended or not self._unsent:
            return
        try:
            with contextlib.suppress(BlockingIOError, InterruptedError):
                self._unsent = self._unsent[self._sock.send(self._unsent) :]
        except OSError as error:
            self.read()  # it may have answered before it closed
            self.close(httpx.WriteError(f"the request could not be written: {error}"))
        if self.ended:
            return
        if self._unsent:
            self._loop.add_writer(self._fd, self._write, b"")
        else:
            self._loop.remove_writer(self._fd)

    async def head(self) -> None:
        """Wait until the headers have come, or it ended without."""
        while not (self.response.answered or self.ended):
            await self._more()

    async def chunk(self) -> bytes | None:
        """The next piece of the body that no tap took; None at its end. Raises what it ended with."""
        chunks = self.response.chunks
        while not (chunks or self.ended):
            await self._more()
        if chunks:
            data = b"".join(chunks)
            chunks.clear()
            if not self.ended:
                self._loop.add_reader(self._fd, self.read)
            return data
        if self.error is not None:
            raise self.error
        return None

    async def _more(self) -> None:
        self._news.clear()
        await self._news.wait()

    @property
    def is_stale(self) -> bool:
        """It died before anything came: a server that was about to close it, most likely."""
        died = isinstance(self.error, httpx.NetworkError | httpx.RemoteProtocolError)
        return died and not self.response.at_ns

    def close(self, error: Exception | None = None) -> None:
        """Close the socket at once, after an error if there is one; what had come of the response counts."""
        self._parse()
        if not self.ended:
            self.error = error
            self._end()

    def _end(self) -> None:
        if self.ended:
            return
        self.ended = True
        self.response.release()
        if self._tap is not None and self._sock.family != socket.AF_UNIX:
            with contextlib.suppress(OSError):  # no such question on this system
                info = self._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
                self._tap.network(network_figures(info))
        self._tap = None
        self._watch.remove(self._fd)
        self._sock.close()
        self._news.set()
