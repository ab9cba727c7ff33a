"""One HTTP/1.1 response, parsed read by read: its head, and its body for a tap or for whoever reads it."""

from __future__ import annotations

import asyncio

import httptools

from rocmtui.adapters.wire.body_tap import BodyTap, NotHttp


class ResponseParser:
    """Sets `news` when the headers are there, and when a piece of a body that no tap takes is in `chunks`."""

    def __init__(self, tap: BodyTap | None, news: asyncio.Event) -> None:
        self._tap, self._news = tap, news
        self._tapped = False
        self._pieces: list[bytes] = []
        """Body found in the read being parsed."""
        self.on_body = self._pieces.append  # the parser calls it once a chunk: no frame of ours between
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self.at_ns = 0
        """Stamp of the last read; 0: nothing ever came."""
        self.status, self.reason = 0, b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.answered = False
        """The headers came."""
        self._framed = False
        """They say where the body ends."""
        self.streams = False
        """What comes now are chunks for the tap, until one that may be the last."""
        self.over = False
        """Nothing more is wanted: it is complete, or the tap has enough."""
        self.chunks: list[bytes] = []

    def feed(self, data: bytes, at_ns: int) -> None:
        """Parse a read; all in it carries its stamp. Raises NotHttp."""
        self.at_ns = at_ns
        assert self._parser is not None, "nothing is fed after `release`"
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._hand_over()
            if not self.over:
                raise NotHttp(f"what came is no HTTP response: {error}") from error
        if self._pieces:
            self._hand_over()

    def end_of_stream(self) -> bool:
        """The server closed; whether the response is complete with that."""
        if self.answered and not self._framed:
            self._complete()
        return self.over

    def release(self) -> None:
        """Let go of the parser, which holds our methods: leave no cycle to the garbage collector."""
        self._parser = None

    # what the parser calls

    def on_status(self, status: bytes) -> None:
        self.reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return
        said = {name.lower(): value for name, value in reversed(self.headers)}
        chunked = b"chunked" in said.get(b"transfer-encoding", b"").lower()
        self._framed = chunked or b"content-length" in said or self.status in (204, 304)
        if self._tap is not None:
            content_type = said.get(b"content-type", b"").decode("latin-1")
            self._tapped = self._tap.head(self.status, content_type, self.at_ns)
            self.streams = self._tapped and chunked
        self.answered = True
        self._news.set()

    def on_message_complete(self) -> None:
        if self.status < 200:
            self.headers.clear()
            self.reason = b""
        else:
            self._hand_over()
            self._complete()

    def _hand_over(self) -> None:
        """The body found so far goes to the tap, or waits for whoever reads the response."""
        pieces = self._pieces
        if not pieces or self.over:
            return
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        if self._tapped and self._tap is not None:
            self.over = not self._tap.body(data, self.at_ns)
        else:
            self.chunks.append(data)
            self._news.set()

    def _complete(self) -> None:
        if not self.over:
            self.over = True
            if self._tap is not None:
                self._tap.done(self.at_ns)
