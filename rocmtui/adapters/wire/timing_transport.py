"""An httpx transport that stamps: one fresh connection a request, closed after it.

llama-server closes its connection after every stream although it announces keep-alive, so a pool loses
requests, and each idle connection holds one of its threads: there is no pool here. A request goes out on a
connection opened just before it; `connect` is its own figure and no part of the time to the first token.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from typing import Any, cast

from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.adapters.wire.read_inbox import ReadInbox
from rocmtui.adapters.wire.timing_connection import BodyTap, TimingConnection, monotonic_ns
from rocmtui.adapters.wire.turnstile import Turnstile

_Address = tuple[socket.AddressFamily, Any]
_HOP_HEADERS = frozenset((b"connection", b"keep-alive", b"transfer-encoding", b"content-length"))


class _Stale(Exception):
    """The connection died before the first byte of a response."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class TimingTransport(httpx.AsyncBaseTransport):
    """Use it in one `httpx.AsyncClient`, on one event loop.

    Request extensions understood beside httpx's `timeout`: `tap`, a BodyTap that takes the body at its
    stamps, and `not_before_ns`, a monotonic time until which the open connection waits with its request.
    Raises httpx's own exceptions, by phase: ConnectError, ConnectTimeout, WriteError, ReadError,
    ReadTimeout, RemoteProtocolError.
    """

    def __init__(self, *, uds: str | None = None, ssl_context: ssl.SSLContext | None = None) -> None:
        self._uds = uds
        self._ssl_context = ssl_context
        self._addresses: dict[tuple[str, int], list[_Address]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; returns when the headers are there. A stale connection is replaced once."""
        self._settle_in(asyncio.get_running_loop())
        data = _serialize(request, await request.aread())
        await self._turnstile.turn()
        tap = cast("BodyTap | None", request.extensions.get("tap"))
        try:
            connection = await self._exchange(request, data, tap)
        except _Stale as stale:
            connection = await self._again(request, data, tap, stale.error)
        return httpx.Response(
            connection.status,
            headers=connection.response_headers,
            stream=_Body(connection),
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": connection.reason},
        )

    async def catch_up(self) -> None:
        """Return when the taps know all that had arrived."""
        if self._loop is not None:
            await self._inbox.catch_up()

    def _settle_in(self, loop: asyncio.AbstractEventLoop) -> None:
        """What belongs to the loop is made when the loop is known: at the first request."""
        if self._loop is None:
            self._loop = loop
            self._inbox = ReadInbox(loop)
            self._turnstile = Turnstile(loop)

    async def _again(
        self, request: httpx.Request, data: bytes, tap: BodyTap | None, first: Exception
    ) -> TimingConnection:
        if tap is not None:
            tap.stale()
        try:
            return await self._exchange(request, data, tap)
        except _Stale as second:
            raise second.error from None
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise first from None  # it answered a moment ago: the death is the news, not the refusal

    async def _exchange(self, request: httpx.Request, data: bytes, tap: BodyTap | None) -> TimingConnection:
        timeout = request.extensions.get("timeout", {})
        began_ns = monotonic_ns()
        connection, sock = await self._connect(request.url, tap, timeout.get("connect"))
        connect_ns = monotonic_ns() - began_ns
        try:
            await _wait_until(request.extensions.get("not_before_ns"))
            sent_ns = connection.send(data, None if sock is None else sock.send, timeout.get("read"))
            if tap is not None:
                tap.sent(sent_ns, connect_ns)
            await connection.head
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            if connection.got_bytes:
                raise
            raise _Stale(error) from None
        except asyncio.CancelledError:
            connection.close()
            raise
        return connection

    async def _connect(
        self, url: httpx.URL, tap: BodyTap | None, timeout_s: float | None
    ) -> tuple[TimingConnection, socket.socket | None]:
        """An open connection, and its socket where bytes may be written past the loop (no TLS)."""
        loop = asyncio.get_running_loop()
        connection = TimingConnection(self._inbox, loop, tap)
        secure = url.scheme == "https"
        try:
            async with asyncio.timeout(timeout_s):
                sock = await self._open_socket(loop, url)
                try:
                    await loop.create_connection(
                        lambda: connection,
                        sock=sock,
                        ssl=self._tls() if secure else None,
                        server_hostname=url.host if secure else None,
                    )
                except BaseException:
                    sock.close()
                    raise
        except TimeoutError:
            raise httpx.ConnectTimeout(f"no connection within {timeout_s} s") from None
        except OSError as error:
            raise httpx.ConnectError(_in_words(error)) from error
        return connection, None if secure else sock

    async def _open_socket(self, loop: asyncio.AbstractEventLoop, url: httpx.URL) -> socket.socket:
        if self._uds is not None:
            return await _connected(loop, socket.AF_UNIX, self._uds)
        key = (url.host, url.port or (443 if url.scheme == "https" else 80))
        addresses = self._addresses.get(key)
        if addresses is None:
            try:
                found = await loop.getaddrinfo(*key, type=socket.SOCK_STREAM)
            except UnicodeError as error:  # a label that is empty or too long
                raise OSError(f"{url.host} is no name of a host") from error
            addresses = self._addresses[key] = [(family, address) for family, _, _, _, address in found]
        failure: OSError | None = None
        for entry in list(addresses):
            try:
                sock = await _connected(loop, *entry)
            except OSError as error:
                failure = failure or error
                continue
            if entry is not addresses[0]:
                addresses.remove(entry)
                addresses.insert(0, entry)
            return sock
        raise failure or OSError(f"{url.host} has no address")

    def _tls(self) -> ssl.SSLContext:
        if self._ssl_context is None:
            self._ssl_context = httpx.create_ssl_context()
        return self._ssl_context


class _Body(httpx.AsyncByteStream):
    """The part of a body that no tap took; ends with the exchange, or raises its error."""

    def __init__(self, connection: TimingConnection) -> None:
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        connection = self._connection
        while True:
            while connection.chunks:
                yield connection.chunks.popleft()
            if connection.ended:
                break
            await connection.more()
        if connection.error is not None:
            raise connection.error

    async def aclose(self) -> None:
        self._connection.close()


async def _connected(
    loop: asyncio.AbstractEventLoop, family: socket.AddressFamily, address: Any
) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        if family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


def _in_words(error: OSError) -> str:
    """What the system calls it; asyncio words failures of connect() in its own way."""
    if isinstance(error, ssl.SSLError) or error.errno is None or error.errno <= 0:
        return error.strerror or str(error)
    return os.strerror(error.errno)


async def _wait_until(not_before_ns: int | None) -> None:
    if not_before_ns is None:
        return
    while (left_ns := not_before_ns - monotonic_ns()) > 0:
        await asyncio.sleep(left_ns / 1e9)


def _serialize(request: httpx.Request, body: bytes) -> bytes:
    """The request as it goes over the wire, with `Connection: close`."""
    target = request.url.raw_path
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), target)]
    lines.extend(_header_lines(request.headers.raw))
    lines.append(b"Connection: close")
    if body or request.method in ("POST", "PUT", "PATCH"):
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _header_lines(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[bytes]:
    return (b"%s: %s" % (name, value) for name, value in headers if name.lower() not in _HOP_HEADERS)
