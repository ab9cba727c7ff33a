"""An httpx transport that stamps: one fresh connection a request, closed after it.

llama-server closes its connection after every stream although it announces keep-alive, so a pool loses
requests, and each idle connection holds one of its threads: there is no pool here. A request goes out on a
connection opened just before it; `connect` is its own figure and no part of the time to the first token.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from functools import cached_property
from typing import cast

from rocmtui.adapters.wire.body_tap import BodyTap
from rocmtui.adapters.wire.dialing import Dialer, in_words
from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.adapters.wire.socket_watch import SocketWatch
from rocmtui.adapters.wire.timing_connection import TimingConnection, monotonic_ns
from rocmtui.adapters.wire.tls import TlsSession
from rocmtui.core.request.arrival import ReadTally

_HOP_HEADERS = frozenset((b"connection", b"keep-alive", b"transfer-encoding", b"content-length"))


class TimingTransport(httpx.AsyncBaseTransport):
    """Use it in one `httpx.AsyncClient`, on one event loop.

    Request extensions understood beside httpx's `timeout`: `tap`, a BodyTap that takes the body at its
    stamps, and `not_before_ns`, a monotonic time until which the open connection waits with its request.
    Raises httpx's own exceptions, by phase: ConnectError, ConnectTimeout, WriteError, ReadError,
    ReadTimeout, RemoteProtocolError.
    """

    def __init__(self, *, uds: str | None = None) -> None:
        self._dialer = Dialer(uds)

    async def __aenter__(self) -> TimingTransport:
        """Have the kernel begin to stamp before the first request."""
        self._watch.glance()
        return self

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; returns when the headers are there. A connection that died unused is replaced once."""
        self._watch.glance()  # many may be sent in one turn of the loop
        data = _serialize(request, await request.aread())
        tap = cast("BodyTap | None", request.extensions.get("tap"))
        connection = await self._exchange(request, data, tap)
        if connection.is_stale:
            if tap is not None:
                tap.stale()
            # It took a connection a moment ago: its death is the news, not that it refuses one now.
            with contextlib.suppress(httpx.ConnectError, httpx.ConnectTimeout):
                connection = await self._exchange(request, data, tap)
        if not connection.response.answered:
            raise connection.error or asyncio.CancelledError
        return httpx.Response(
            connection.response.status,
            headers=connection.response.headers,
            stream=_Body(connection),
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": connection.response.reason},
        )

    def reads(self) -> ReadTally:
        """What the reads so far were stamped by, and how late they came; the taps know all of them."""
        self._watch.settle()
        return self._watch.clock.tally()

    async def aclose(self) -> None:
        """Close what is open."""
        self._watch.close()

    async def _exchange(self, request: httpx.Request, data: bytes, tap: BodyTap | None) -> TimingConnection:
        timeout = request.extensions.get("timeout", {})
        began_ns = monotonic_ns()
        connection = await self._connect(request.url, tap, timeout.get("connect"))
        connect_ns = monotonic_ns() - began_ns
        try:
            await _wait_until(request.extensions.get("not_before_ns"))
            sent_ns = connection.send(data, timeout.get("read"))
            if tap is not None:
                tap.sent(sent_ns, connect_ns)
            await connection.head()
        except asyncio.CancelledError:
            connection.close()
            raise
        return connection

    async def _connect(
        self, url: httpx.URL, tap: BodyTap | None, timeout_s: float | None
    ) -> TimingConnection:
        loop = asyncio.get_running_loop()
        tls = TlsSession(self._tls, url.host) if url.scheme == "https" else None
        try:
            async with asyncio.timeout(timeout_s):
                sock = await self._dialer.dial(loop, url)
                try:
                    if tls is not None:
                        await tls.shake_hands(loop, sock)
                except BaseException:
                    sock.close()
                    raise
        except TimeoutError:
            raise httpx.ConnectTimeout(f"no connection within {timeout_s} s") from None
        except OSError as error:
            raise httpx.ConnectError(in_words(error)) from error
        return TimingConnection(self._watch, sock, tls, tap)

    @cached_property
    def _watch(self) -> SocketWatch:
        """It belongs to the loop: made when the loop is known."""
        return SocketWatch(asyncio.get_running_loop())

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()


class _Body(httpx.AsyncByteStream):
    """The part of a body that no tap took; ends with the exchange, or raises its error."""

    def __init__(self, connection: TimingConnection) -> None:
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (data := await self._connection.chunk()) is not None:
            yield data

    async def aclose(self) -> None:
        self._connection.close()


async def _wait_until(not_before_ns: int | None) -> None:
    if not_before_ns is None:
        return
    while (left_ns := not_before_ns - monotonic_ns()) > 0:
        await asyncio.sleep(left_ns / 1e9)


def _serialize(request: httpx.Request, body: bytes) -> bytes:
    """The request as it goes over the wire, with `Connection: close`."""
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    kept = (pair for pair in request.headers.raw if pair[0].lower() not in _HOP_HEADERS)
    lines.extend(b"%s: %s" % pair for pair in kept)
    lines.append(b"Connection: close")
    if body or request.method in ("POST", "PUT", "PATCH"):
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
