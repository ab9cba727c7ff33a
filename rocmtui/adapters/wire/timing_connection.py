"""One HTTP/1.1 exchange on one connection, stamped as its bytes come.

A read is stamped first and parsed later: once all that is there is stamped where somebody waits for what it
says (headers, the end, a body read through httpx), at the poller's next beat where only its stamp matters
(tokens).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections import deque

import httptools

from rocmtui.adapters.wire.body_tap import BodyTap, NotHttp
from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.adapters.wire.poller import Poller
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
    """Sends one request, parses one response, then closes. `head` is done when the headers are there."""

    def __init__(
        self,
        poller: Poller,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        tls: TlsSession | None,
        tap: BodyTap | None,
    ) -> None:
        self._poller, self._loop = poller, loop
        self._sock, self._fd = sock, sock.fileno()
        self._recvmsg, self._arrived = sock.recvmsg, poller.clock.arrived
        self._tls, self._tap = tls, tap
        self._tapped = False
        self._streams = False
        """What comes now are chunks for the tap, until one that may be the last."""
        self._unsent = b""
        self._silence: asyncio.TimerHandle | None = None
        self._read_timeout_s: float | None = None
        self._active_ns = 0
        self._empty_ns = 0
        """Nothing was there then, and what came before has been read."""
        self._behind = False
        """The last read may have left something."""
        self._kept: list[tuple[int, bytes]] = []
        """Reads not parsed yet, with their stamps."""
        self._arrived_ns = 0
        """Stamp of the read being parsed."""
        self._pieces: list[bytes] = []
        """Body found in it."""
        self._body: list[tuple[int, bytes]] = []
        """Body found in this round of parsing, with its stamps."""
        self._chunked = False
        self._framed = False
        """The headers say where the body ends."""
        self.status, self._reason = 0, b""
        self.response_headers: list[tuple[bytes, bytes]] = []
        self.head: asyncio.Future[None] = loop.create_future()
        self._chunks: deque[bytes] = deque()
        """Body that no tap took."""
        self._waiting_bytes = 0
        self.error: Exception | None = None
        self.ended = False
        """Nothing more will come: the response is complete or `error` says why not."""
        self._more: asyncio.Future[None] | None = None
        self.on_body = self._pieces.append  # the parser calls it once a chunk: no frame of ours between
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        poller.add(self._fd, self)

    # what the poller calls

    def read(self) -> bool:
        """Read what is there; whether it is to be parsed soon."""
        try:
            data, ancillary, _, _ = self._recvmsg(READ_BYTES, ANCILLARY_BYTES)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            self.fail(httpx.ReadError(f"the connection broke: {error}"))
            return False
        if not data:
            self._end_of_stream()
            return False
        since_ns = self._empty_ns
        if not self._behind and self._poller.looked_ns > since_ns:
            since_ns = self._poller.looked_ns
        self._active_ns = arrived_ns = self._arrived(ancillary, since_ns)
        self._behind = len(data) == READ_BYTES
        self._empty_ns = since_ns if self._behind else arrived_ns
        if self._tls is not None:
            return self._decrypt(self._tls, data, arrived_ns)
        return self._keep(data, arrived_ns)

    def write_on(self) -> None:
        """Write what waits."""
        self._write(self._unsent)

    def _keep(self, data: bytes, arrived_ns: int) -> bool:
        kept = self._kept
        kept.append((arrived_ns, data))
        if not self._streams or data.endswith(_END_OF_CHUNKS) or len(data) < len(_END_OF_CHUNKS):
            return True
        if len(kept) == 1:
            self._poller.keep(self)
        return False

    def _decrypt(self, tls: TlsSession, data: bytes, arrived_ns: int) -> bool:
        try:
            plain = tls.decrypted(data)
        except ssl.SSLError as error:
            self.fail(httpx.ReadError(f"the connection broke: {error}"))
            return False
        self._write(tls.encrypted(b""))
        urgent = bool(plain) and self._keep(plain, arrived_ns)
        if tls.closed:
            self._end_of_stream()
        return urgent

    def _end_of_stream(self) -> None:
        self.parse()
        if self.ended:
            return
        if self.head.done() and not self._framed:
            self._complete()
        elif not self.got_bytes:
            self.fail(httpx.RemoteProtocolError("server disconnected without sending a response"))
        else:
            self.fail(httpx.RemoteProtocolError("server closed the connection in the middle of its response"))

    # what the transport calls

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
            self._watch()

    def _watch(self) -> None:
        """Tell the poller what we wait for now."""
        if not self.ended:
            reads = self._waiting_bytes < MOST_UNREAD_BYTES
            self._poller.watch(self._fd, reads=reads, writes=bool(self._unsent))

    async def chunk(self) -> bytes | None:
        """The next piece of the body that no tap took; None at its end. Raises what it ended with."""
        while not self._chunks and not self.ended:
            self._more = self._loop.create_future()
            await self._more
        if self._chunks:
            data = self._chunks.popleft()
            full = self._waiting_bytes >= MOST_UNREAD_BYTES
            self._waiting_bytes -= len(data)
            if full and self._waiting_bytes < MOST_UNREAD_BYTES:
                self._watch()
            return data
        if self.error is not None:
            raise self.error
        return None

    def fail(self, error: Exception) -> None:
        """End the exchange with an error and close the socket."""
        self.parse()
        if not self.ended:
            self.error = error
            self._end()

    def close(self) -> None:
        """Close the socket at once; a response not complete is cut off after what has come of it."""
        self.parse()
        if not self.ended:
            self._end()

    # what the parser calls

    def on_status(self, status: bytes) -> None:
        self._reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        self.response_headers.append((name, value))
        lowered = name.lower()
        self._chunked = self._chunked or (lowered == b"transfer-encoding" and b"chunked" in value.lower())
        self._framed = self._framed or self._chunked or lowered == b"content-length"

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return
        if self.status in (204, 304):
            self._framed = True
        if self._tap is not None:
            self._tapped = self._tap.head(self.status, self._content_type(), self._arrived_ns)
            self._streams = self._tapped and self._chunked
        if not self.head.done():
            self.head.set_result(None)

    def on_message_complete(self) -> None:
        if self.status < 200:
            self.response_headers.clear()
            self._reason = b""
            return
        self._collect()
        self._hand_over()
        self._complete()

    def parse(self) -> None:
        """Parse the reads kept."""
        kept, self._kept = self._kept, []
        try:
            for arrived_ns, data in kept:
                if self._parser is None:
                    break
                self._arrived_ns = arrived_ns
                self._parser.feed_data(data)
                self._collect()
            self._hand_over()
        except httptools.HttpParserError as error:
            self._collect()
            self._hand_over()
            self.fail(NotHttp(f"what came is no HTTP response: {error}"))

    @property
    def got_bytes(self) -> bool:
        """Whether anything ever came."""
        return bool(self._arrived_ns or self._kept)

    @property
    def reason(self) -> bytes:
        """Reason phrase of the status line."""
        return self._reason

    def _content_type(self) -> str:
        for name, value in self.response_headers:
            if name.lower() == b"content-type":
                return value.decode("latin-1")
        return ""

    def _collect(self) -> None:
        """The body found in a read gets the read's stamp."""
        pieces = self._pieces
        if pieces:
            self._body.append((self._arrived_ns, pieces[0] if len(pieces) == 1 else b"".join(pieces)))
            pieces.clear()

    def _hand_over(self) -> None:
        """The body found so far goes to the tap, or to whoever reads the response."""
        body, self._body = self._body, []
        if self.ended or not body:
            return
        if not self._tapped or self._tap is None:
            self._chunks.extend(data for _, data in body)
            self._waiting_bytes += sum(len(data) for _, data in body)
            if self._waiting_bytes >= MOST_UNREAD_BYTES:
                self._watch()
            self._wake()
        elif not self._tap.body(body):
            self.close()

    def _complete(self) -> None:
        if not self.ended:
            if self._tap is not None:
                self._tap.done(self._arrived_ns)
            self._end()

    def _end(self) -> None:
        self.ended = True
        self._parser = None  # the parser holds our methods: leave no cycle to the garbage collector
        self._kept.clear()
        self._tell_network()
        self._tap = None
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        self._poller.remove(self._fd)
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
        self._poller.clock.look()
        if self.read():  # a loop that was held up must not call it silence
            self.parse()
        if self.ended:
            return
        silent_s = (monotonic_ns() - self._active_ns) / 1e9
        left_s = self._read_timeout_s - silent_s
        if left_s <= 0:
            self.fail(httpx.ReadTimeout(f"nothing came for {self._read_timeout_s:g} s"))
        else:
            self._silence = self._loop.call_later(left_s + 0.001, self._check_silence)
