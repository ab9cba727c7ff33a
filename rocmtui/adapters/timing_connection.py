"""One HTTP/1.1 exchange on one connection, stamped as its bytes come.

A read is stamped first and parsed later: everything that the loop picks up in one turn is stamped before
any of it is parsed, so that a token does not wait for the parsing of its neighbours' tokens.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

import httptools
import httpx

monotonic_ns = time.monotonic_ns


class NotHttp(httpx.RemoteProtocolError):
    """The bytes that came are no HTTP response."""


class BodyTap(Protocol):
    """Takes the body at its stamp, without a task switch; used instead of reading the response's stream."""

    def head(self, status: int, content_type: str, at_ns: int) -> bool:
        """The headers came. True: give me the body. False: leave it in the response's stream."""
        ...

    def body(self, data: bytes, at_ns: int) -> bool:
        """Bytes of the body. False: enough, close the connection."""
        ...

    def done(self, at_ns: int) -> None:
        """The body came to its proper end with the read stamped `at_ns`."""
        ...

    def sent(self, at_ns: int, connect_ns: int | None) -> None:
        """The request goes out on a connection that took `connect_ns` to open."""
        ...

    def stale(self) -> None:
        """The connection died before the first byte of a response; the request is sent once more."""
        ...


class Inbox:
    """Reads of all connections of a transport, in order, to be parsed later in the same turn of the loop."""

    __slots__ = ("_loop", "_reads")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._reads: list[tuple[TimingConnection, int, bytes]] = []

    def put(self, connection: TimingConnection, at_ns: int, data: bytes) -> None:
        """Keep one read for later in this turn."""
        if not self._reads:
            self._loop.call_soon(self.parse)
        self._reads.append((connection, at_ns, data))

    def parse(self) -> None:
        """Parse everything kept."""
        reads, self._reads = self._reads, []
        for connection, at_ns, data in reads:
            connection.parse(at_ns, data)


class TimingConnection(asyncio.Protocol):
    """Sends one request, parses one response, then closes. `head` is done when the headers are there."""

    def __init__(self, inbox: Inbox, loop: asyncio.AbstractEventLoop, tap: BodyTap | None) -> None:
        self._inbox = inbox
        self._loop = loop
        self._tap = tap
        self._tapped = False
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self._silence: asyncio.TimerHandle | None = None
        self._read_timeout_s: float | None = None
        self._active_ns = 0
        self._arrived_ns = 0
        self._pieces: list[bytes] = []
        self._framed = False
        """The headers say where the body ends."""
        self._reason = b""
        self.status = 0
        self.response_headers: list[tuple[bytes, bytes]] = []
        self.head: asyncio.Future[None] = loop.create_future()
        self.chunks: deque[bytes] = deque()
        """Body that no tap took."""
        self.error: Exception | None = None
        self.ended = False
        """Nothing more will come: the response is complete or `error` says why not."""
        self.got_bytes = False
        self._more: asyncio.Future[None] | None = None

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        arrived_ns = monotonic_ns()
        self._active_ns = arrived_ns
        self.got_bytes = True
        self._inbox.put(self, arrived_ns, data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.ended:
            return
        self._inbox.parse()
        if self.ended:
            return
        if exc is None and self.head.done() and not self._framed:
            self._complete()
        elif exc is not None:
            self.fail(httpx.ReadError(f"the connection broke: {exc}"))
        elif not self.got_bytes:
            self.fail(httpx.RemoteProtocolError("server disconnected without sending a response"))
        else:
            self.fail(httpx.RemoteProtocolError("server closed the connection in the middle of its response"))

    # what the transport calls

    def send(
        self, data: bytes, write_now: Callable[[bytes], int] | None, read_timeout_s: float | None
    ) -> int:
        """Write the request; returns the stamp taken just before.

        `write_now` writes to the socket at once; a loop's own transport may wait for the end of its turn.
        """
        sent_ns = monotonic_ns()
        if self.ended or self._transport is None:
            return sent_ns
        if write_now is not None:
            try:
                data = data[write_now(data) :]
            except (BlockingIOError, InterruptedError):
                pass
            except OSError as error:
                self.fail(httpx.WriteError(f"the request could not be written: {error}"))
                return sent_ns
        if data:
            self._transport.write(data)
        self._active_ns = sent_ns
        self._read_timeout_s = read_timeout_s
        if read_timeout_s is not None:
            self._silence = self._loop.call_later(read_timeout_s, self._check_silence)
        return sent_ns

    async def more(self) -> None:
        """Wait for another chunk or the end."""
        if not self.chunks and not self.ended:
            self._more = self._loop.create_future()
            await self._more

    def fail(self, error: Exception) -> None:
        """End the exchange with an error and close the socket."""
        if not self.ended:
            self.error = error
            self._end()

    def close(self) -> None:
        """Close the socket at once; a response not complete is cut off."""
        if not self.ended:
            self._end()

    # what the parser calls

    def on_status(self, status: bytes) -> None:
        self._reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        self.response_headers.append((name, value))
        lowered = name.lower()
        if lowered == b"content-length" or (lowered == b"transfer-encoding" and b"chunked" in value.lower()):
            self._framed = True

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return
        if self.status in (204, 304):
            self._framed = True
        if self._tap is not None:
            self._tapped = self._tap.head(self.status, self._content_type(), self._arrived_ns)
        if not self.head.done():
            self.head.set_result(None)

    def on_body(self, piece: bytes) -> None:
        self._pieces.append(piece)

    def on_message_complete(self) -> None:
        if self.status < 200:
            self.response_headers.clear()
            self._reason = b""
            return
        self._hand_over()
        self._complete()

    def parse(self, arrived_ns: int, data: bytes) -> None:
        """Parse one read that came at `arrived_ns`."""
        if self._parser is None:
            return
        self._arrived_ns = arrived_ns
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.fail(NotHttp(f"what came is no HTTP response: {error}"))
        if self._pieces:
            self._hand_over()

    @property
    def reason(self) -> bytes:
        """Reason phrase of the status line."""
        return self._reason

    def _content_type(self) -> str:
        for name, value in self.response_headers:
            if name.lower() == b"content-type":
                return value.decode("latin-1")
        return ""

    def _hand_over(self) -> None:
        if self.ended or not self._pieces:
            return
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        if not self._tapped or self._tap is None:
            self.chunks.append(data)
            self._wake()
        elif not self._tap.body(data, self._arrived_ns):
            self.close()

    def _complete(self) -> None:
        if not self.ended:
            if self._tap is not None:
                self._tap.done(self._arrived_ns)
            self._end()

    def _end(self) -> None:
        self.ended = True
        self._parser = None  # the parser holds our methods: leave no cycle to the garbage collector
        self._tap = None
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        if self._transport is not None:
            self._transport.abort()
        if not self.head.done():
            if self.error is None:
                self.head.cancel()
            else:
                self.head.set_exception(self.error)
                self.head.exception()  # marks it as seen: nobody waits for it after a cancellation
        self._wake()

    def _wake(self) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(None)

    def _check_silence(self) -> None:
        """Fires once a timeout, not once a token: looks whether anything came and sets itself again."""
        assert self._read_timeout_s is not None
        silent_s = (monotonic_ns() - self._active_ns) / 1e9
        left_s = self._read_timeout_s - silent_s
        if left_s <= 0:
            self.fail(httpx.ReadTimeout(f"nothing came for {self._read_timeout_s:g} s"))
        else:
            self._silence = self._loop.call_later(left_s + 0.001, self._check_silence)
