"""Reads one reply into a trace, as its bytes arrive; and names what went wrong on the wire."""

from __future__ import annotations

import ssl
import time
from typing import cast

from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.adapters.wire.timing_connection import NotHttp
from rocmtui.core.request.errors import bad_reply, failure, http_error, in_stream_error, undecodable
from rocmtui.core.request.record import ErrorKind, RequestError
from rocmtui.core.request.reply import ReplyEvent, read_event
from rocmtui.core.request.sse import END_OF_EVENT, SseDecoder, SseError
from rocmtui.core.request.trace import RequestTrace
from rocmtui.core.text.untrusted_json import UNREADABLE


class ReplyReader:
    """A BodyTap: the timing transport calls it at each read; with other transports `read` drives it."""

    __slots__ = ("_content_type", "_decoder", "_trace", "answered", "reads_events")

    def __init__(self, trace: RequestTrace) -> None:
        self._trace = trace
        self._decoder = SseDecoder()
        self._content_type = ""
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

    def head(self, status: int, content_type: str, at_ns: int) -> bool:
        """The headers came; whether the body is for us."""
        self.answered = True
        self._content_type = content_type
        self._trace.headers(at_ns)
        self.reads_events = status == 200 and content_type.lower().startswith("text/event-stream")
        return self.reads_events

    def body(self, reads: list[tuple[int, bytes]]) -> bool:
        """Reads of the event stream with their stamps; False when there is no point in reading on."""
        content: list[tuple[int, int]] = []
        for at_ns, data in reads:
            if events := self._content_events(data):
                content.append((at_ns, events))
            if self._trace.error is not None:
                break
        if content:
            self._trace.content(content)
        return self._trace.error is None

    def _content_events(self, data: bytes) -> int:
        """How many events with content a read brings; what else they say is noted."""
        events = 0
        try:
            for payload in self._decoder.feed(data):
                event = read_event(payload)
                events += event.has_content
                if not event.is_plain:
                    self._note(event)
        except (SseError, *UNREADABLE) as error:
            self._trace.fail(undecodable(str(error)))
        return events

    def done(self, at_ns: int) -> None:
        """The body came to its proper end."""
        self._trace.done_ns = at_ns
        if not self._trace.closed:
            self.body([(at_ns, END_OF_EVENT)])

    async def read(self, response: httpx.Response) -> None:
        """Read the stream to its end; what the timing transport tapped is not seen here again."""
        async for data in cast(httpx.AsyncByteStream, response.stream):  # no encoding to undo was asked for
            if not self.body([(time.monotonic_ns(), data)]):
                return
        if self._trace.done_ns is None and self._trace.error is None:
            self.done(time.monotonic_ns())

    def refuse(self, response: httpx.Response, body: bytes) -> None:
        """It was no event stream: say why."""
        if response.status_code == 200:
            self._trace.fail(bad_reply(self._content_type, 200))
        else:
            self._trace.fail(http_error(response.status_code, body))

    def _note(self, event: ReplyEvent) -> None:
        if event.error is None:
            self._trace.facts(event)
        else:
            self._trace.fail(in_stream_error(event.error))


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
        case httpx.ConnectError():
            return failure(ErrorKind.CONNECT, f"cannot connect: {error}")
        case httpx.TimeoutException() if answered:
            return failure(ErrorKind.TIMEOUT_READ, f"the stream fell silent for {timeout_s:g} s {events}")
        case httpx.TimeoutException():
            return failure(ErrorKind.TIMEOUT_FIRST_BYTE, f"no answer within {timeout_s:g} s")
        case NotHttp():
            return failure(ErrorKind.BAD_REPLY, str(error), "is it an HTTP server, and http or https right?")
    return failure(ErrorKind.SERVER_GONE, f"{error}, {events if answered else 'before it answered'}")
