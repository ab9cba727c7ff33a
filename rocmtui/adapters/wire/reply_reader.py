"""Reads one reply into a trace, as its bytes arrive; and names what went wrong on the wire."""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
import time
import zlib
from typing import Protocol, cast

from rocmtui.adapters.wire.body_tap import NotHttp
from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.core.request.errors.remedies import failure
from rocmtui.core.request.errors.typed import bad_reply, compressed, http_error, in_stream_error, undecodable
from rocmtui.core.request.network import NetworkFigures
from rocmtui.core.request.record import ErrorKind, RequestError
from rocmtui.core.request.reply import ReplyEvent, read_event
from rocmtui.core.request.sse import END_OF_EVENT, ErrorPayload, SseDecoder, SseError
from rocmtui.core.request.token_mould import TokenMould
from rocmtui.core.request.trace import RequestTrace
from rocmtui.core.text.untrusted_json import UNREADABLE

AFTER_DONE_S = 0.25
"""How long a server may take to count the tokens of a reply that has ended."""
_COMPRESSED = (b"\x1f\x8b", b"\x78\x01", b"\x78\x9c", b"\x78\xda")
"""How gzip and zlib begin, and no event stream."""
_OURS = frozenset((errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL))
"""What connecting fails with where this machine has no more files or ports."""
_READABLE = frozenset(("", "identity", "gzip", "x-gzip", "deflate"))


class _Inflate(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...


class ReplyReader:
    """A BodyTap: the timing transport calls it at each read; with other transports `read` drives it.

    `longest` is how many events with content a reply may have before it is cut. `limit`, once set, is the
    time-out of the whole request, brought forward when a reply has ended and its connection has not.
    `decoder` may keep what it reads.
    """

    __slots__ = (
        *("_content_type", "_decoder", "_inflate", "_longest", "_mould", "_trace"),
        *("answered", "limit", "reads_events"),
    )

    def __init__(
        self, trace: RequestTrace, longest: int | None = None, decoder: SseDecoder | None = None
    ) -> None:
        self._trace = trace
        self._longest = longest
        self._decoder = decoder or SseDecoder()
        self._mould = TokenMould() if decoder is None else None
        self._inflate: _Inflate | None = None
        self._content_type = ""
        self.limit: asyncio.Timeout | None = None
        self.answered = False
        """Headers came."""
        self.reads_events = False
        """It is a 200 with an event stream."""

    def sent(self, at_ns: int, connect_ns: int | None) -> None:
        """The request goes out."""
        self._trace.sent(at_ns, connect_ns)

    def stale(self) -> None:
        """It has to be sent again on a new connection."""
        self._trace.stale_retries += 1

    def network(self, figures: NetworkFigures) -> None:
        """The kernel's figures of its connection, at the end."""
        self._trace.network = figures

    def head(self, status: int, content_type: str, at_ns: int) -> bool:
        """The headers came; whether the body is for us."""
        self.answered = True
        self._content_type = content_type
        self._trace.headers(at_ns)
        self.reads_events = status == 200 and content_type.lower().startswith("text/event-stream")
        return self.reads_events

    def body(self, data: bytes, at_ns: int) -> bool:
        """A read of the event stream with its stamp; False when there is no point in reading on."""
        trace = self._trace
        if self._mould is not None and self._decoder.between and self._mould.fits(data):
            trace.content(at_ns, 1)
        elif events := self._content_events(data, at_ns):
            trace.content(at_ns, events)
        if trace.closed and trace.done_ns is None:
            trace.done_ns = at_ns
        if self._longest is not None and trace.content_events > self._longest:
            told = f"{trace.content_events} events with content, over twice the tokens that were asked for"
            trace.fail(failure(ErrorKind.OVERLONG, f"the reply was cut after {told}"))
        return trace.error is None and not (trace.closed and self._is_over())

    def _is_over(self) -> bool:
        """The reply has ended. Some servers count its tokens only then: they have a moment for it."""
        if self._trace.output_tokens is None and self.limit is not None:
            soon = asyncio.get_running_loop().time() + AFTER_DONE_S
            self.limit.reschedule(min(self.limit.when() or soon, soon))
            return False
        return True

    def _content_events(self, data: bytes, at_ns: int) -> int:
        """How many events with content a read brings; what else they say is noted."""
        events, payload = 0, b""
        try:
            for payload in self._decoder.feed(self._plain(data)):
                if type(payload) is ErrorPayload:
                    self._trace.fail(in_stream_error(payload))
                    continue
                event = read_event(payload)
                if event.doubtful and not events and not self._trace.content_events:
                    self._trace.doubted.append((at_ns, 1))
                    continue
                events += event.has_content
                if not event.is_plain:
                    self._note(event)
                elif event.has_content and self._mould is not None:
                    self._mould.cast(data, payload)
        except (SseError, zlib.error) as error:
            self._trace.fail(undecodable(str(error)))
        except UNREADABLE as error:
            self._trace.fail(undecodable(str(error), payload))
        return events

    def _plain(self, data: bytes) -> bytes:
        """A read without the compression that some proxies add unasked."""
        if self._inflate is None:
            if self._decoder.started or data[:2] not in _COMPRESSED:
                return data
            self._inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        return data if data is END_OF_EVENT else self._inflate.decompress(data)

    def done(self, at_ns: int) -> None:
        """The body came to its proper end."""
        trace = self._trace
        if trace.done_ns is None:
            trace.done_ns = at_ns
        if not trace.closed:
            self.body(END_OF_EVENT, at_ns)
        stray = self._decoder.stray
        if stray and not trace.content_events and trace.finish_reason is None:
            words = bad_reply(self._content_type, stray)
            trace.fail(words if words.kind is not ErrorKind.BAD_REPLY else undecodable("is no event", stray))

    async def read(self, response: httpx.Response) -> None:
        """Read the stream to its end; what the timing transport tapped is not seen here again."""
        trace = self._trace
        async for data in cast(httpx.AsyncByteStream, response.stream):  # its encoding is undone here
            if not self.body(data, time.monotonic_ns()):
                break
        if trace.done_ns is None and trace.error is None:
            self.done(time.monotonic_ns())
        encoding = response.headers.get("content-encoding", "").lower()
        if encoding not in _READABLE and not trace.content_events:
            trace.error = compressed(encoding)

    def refuse(self, response: httpx.Response, body: bytes) -> None:
        """It was no event stream: say why."""
        if response.status_code == 200:
            self._trace.fail(bad_reply(self._content_type, body))
        else:
            self._trace.fail(http_error(response.status_code, body, response.headers.get("location")))

    def _note(self, event: ReplyEvent) -> None:
        if event.error is not None:
            self._trace.fail(in_stream_error(event.error))
        self._trace.facts(event)


def wire_error(error: httpx.HTTPError, trace: RequestTrace, timeout_s: float) -> RequestError | None:
    """What a failure of the connection means for this request; None after the closing event."""
    if trace.closed:
        return None
    events = f"after {trace.content_events} content events"
    answered, cause = trace.headers_ns is not None, error.__cause__
    match error:
        case httpx.ConnectTimeout():
            return failure(ErrorKind.TIMEOUT_CONNECT, f"no connection within {timeout_s:g} s")
        case httpx.ConnectError() if isinstance(cause, ssl.SSLError):
            return failure(ErrorKind.TLS, f"TLS failed: {cause.reason or cause}")
        case httpx.ConnectError() if isinstance(cause, OSError) and cause.errno in _OURS:
            told = f"this machine opens no more connections: {os.strerror(cause.errno)}"
            return failure(ErrorKind.CLIENT_LIMIT, told)
        case httpx.ConnectError():
            return failure(ErrorKind.CONNECT, f"cannot connect: {error}")
        case httpx.TimeoutException() if answered:
            return failure(ErrorKind.TIMEOUT_READ, f"the stream fell silent for {timeout_s:g} s {events}")
        case httpx.TimeoutException():
            return failure(ErrorKind.TIMEOUT_FIRST_BYTE, f"no answer within {timeout_s:g} s")
        case NotHttp():
            return failure(ErrorKind.BAD_REPLY, str(error), "is it an HTTP server, and http or https right?")
    return failure(ErrorKind.SERVER_GONE, f"{error}, {events if answered else 'before it answered'}")
