"""One HTTP/1.1 exchange on one connection, stamped as its bytes come.

A read is stamped first and parsed later: at the end of the loop's turn where somebody waits for what it says
(headers, the end, a body read through httpx), some time later where only its stamp matters (tokens).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

import httptools

from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.adapters.wire.read_inbox import ReadInbox

monotonic_ns = time.monotonic_ns
_END_OF_CHUNKS = b"\r\n\r\n"
"""Ends the last chunk of a body, and no other chunk of events whose lines end with line feeds."""


class NotHttp(httpx.RemoteProtocolError):
    """The bytes that came are no HTTP response."""


class BodyTap(Protocol):
    """Takes the body at its stamp, without a task switch; used instead of reading the response's stream."""

    def head(self, status: int, content_type: str, at_ns: int) -> bool:
        """The headers came. True: give me the body. False: leave it in the response's stream."""

    def body(self, reads: list[tuple[int, bytes]]) -> bool:
        """Bytes of the body, in order, each with its stamp. False: enough, close the connection."""

    def done(self, at_ns: int) -> None:
        """The body came to its proper end with the read stamped `at_ns`."""

    def sent(self, at_ns: int, connect_ns: int | None) -> None:
        """The request goes out on a connection that took `connect_ns` to open."""

    def stale(self) -> None:
        """The connection died before the first byte of a response; the request is sent once more."""


class TimingConnection(asyncio.Protocol):
    """Sends one request, parses one response, then closes. `head` is done when the headers are there."""

    def __init__(self, inbox: ReadInbox, loop: asyncio.AbstractEventLoop, tap: BodyTap | None) -> None:
        self._inbox = inbox
        self._loop = loop
        self._tap = tap
        self._tapped = False
        self._streams = False
        """What comes now are chunks for the tap, until one that may be the last."""
        self._transport: asyncio.Transport | None = None
        self._silence: asyncio.TimerHandle | None = None
        self._read_timeout_s: float | None = None
        self._active_ns = 0
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
        self._reason = b""
        self.status = 0
        self.response_headers: list[tuple[bytes, bytes]] = []
        self.head: asyncio.Future[None] = loop.create_future()
        self.chunks: deque[bytes] = deque()
        """Body that no tap took."""
        self.error: Exception | None = None
        self.ended = False
        """Nothing more will come: the response is complete or `error` says why not."""
        self._more: asyncio.Future[None] | None = None
        self.on_body = self._pieces.append  # the parser calls it once a chunk: no frame of ours between
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self._active_ns = arrived_ns = monotonic_ns()
        kept = self._kept
        kept.append((arrived_ns, data))
        if not self._streams or data.endswith(_END_OF_CHUNKS) or len(data) < len(_END_OF_CHUNKS):
            self._inbox.soon(self)
        elif len(kept) == 1:
            self._inbox.later(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.parse()
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

    def parse(self) -> int:
        """Parse the reads kept; how many there were."""
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
        return len(kept)

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
            self.chunks.extend(data for _, data in body)
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
