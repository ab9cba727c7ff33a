"""Arrival is the kernel's, however late a read; a stamp that cannot be is replaced and counted."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rocmtui.adapters.wire import timing_connection
from rocmtui.adapters.wire.llama_client import LlamaClient
from rocmtui.adapters.wire.response_parser import ResponseParser
from rocmtui.adapters.wire.timing_connection import TimingConnection
from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.scenario import Target
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.trace import RequestTrace
from rocmtui.embedded.known.wire import END, HEADERS, chunk
from tests.adapters.wire.fixture import PROMPT, scenario

TOKEN = chunk(b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n')
LAST = chunk(b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n') + chunk(b"data: [DONE]\n\n")
PATIENT = scenario(timeout_s=3600.0)
"""A timeout would look at what had come, too."""
MS = 1_000_000
CERTIFICATE = Path(__file__).parents[2] / "fakes" / "tls" / "certificate.pem"


pytestmark = pytest.mark.usefixtures("stamping")


class TalkingServer:
    """One connection that says what it is told, when it is told, and closes only when the test ends.

    Its words go out by blocking calls, so that they arrive while the client's loop is held up.
    """

    def __init__(self, *, tls: bool = False, family: socket.AddressFamily = socket.AF_INET) -> None:
        self._tls = tls
        host = "::1" if family is socket.AF_INET6 else "127.0.0.1"
        self._listener = socket.create_server((host, 0), family=family)
        self._listener.setblocking(False)
        port = self._listener.getsockname()[1]
        named = f"[{host}]" if family is socket.AF_INET6 else host
        self.url = f"https://localhost:{port}" if tls else f"http://{named}:{port}"

    async def __aenter__(self) -> TalkingServer:
        self._asked = asyncio.Event()
        self._task = asyncio.create_task(self._accept())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._task.cancel()
        self._sock.close()
        self._listener.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        self._sock, _ = await loop.sock_accept(self._listener)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE, CERTIFICATE.with_name("key.pem"))
            self._sock.setblocking(True)
            self._sock = await asyncio.to_thread(context.wrap_socket, self._sock, server_side=True)
            await asyncio.to_thread(self._sock.recv, 65536)
        else:
            await loop.sock_recv(self._sock, 65536)
            self._sock.setblocking(True)
        self._asked.set()

    async def say(self, data: bytes) -> None:
        await self._asked.wait()
        self.say_now(data)

    def say_now(self, data: bytes) -> None:
        self._sock.sendall(data)


class Reads:
    """Counts the reads of a client's connections as they come."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._count = 0
        self._more = asyncio.Event()
        feed = ResponseParser.feed

        def counting(parser: ResponseParser, data: bytes, at_ns: int) -> None:
            self._count += 1
            self._more.set()
            feed(parser, data, at_ns)

        monkeypatch.setattr(ResponseParser, "feed", counting)

    async def wait_for(self, count: int) -> None:
        while self._count < count:
            self._more.clear()
            await self._more.wait()


async def _streaming(
    server: TalkingServer, reads: Reads, client: LlamaClient, tokens: int
) -> tuple[RequestTrace, LiveStats, asyncio.Task[None]]:
    """A request whose headers and `tokens` tokens have come, each in a read of its own."""
    stats = LiveStats()
    stats.begun()
    trace = RequestTrace(stats, keeps_stamps=True)
    request = asyncio.create_task(client.send(PROMPT, trace))
    for number, piece in enumerate([HEADERS, *[TOKEN] * tokens], 1):
        await server.say(piece)
        await reads.wait_for(number)
        while trace.headers_ns is None:
            await asyncio.sleep(0)
    return trace, stats, request


@pytest.mark.parametrize("pieces", [[LAST + END], [LAST + END[:-1], END[-1:]]])
async def test_a_reply_ends_where_the_connection_stays_open(
    monkeypatch: pytest.MonkeyPatch, pieces: list[bytes]
) -> None:
    reads = Reads(monkeypatch)
    async with TalkingServer() as server, LlamaClient(Target(url=server.url), PATIENT) as client:
        trace, stats, request = await _streaming(server, reads, client, 3)
        for piece in pieces:
            await server.say(piece)
        async with asyncio.timeout(5):
            await request
        assert (trace.error, trace.content_events, trace.closed) == (None, 3, True)
        assert stats.snapshot(LiveSnapshot(at_ns=time.monotonic_ns(), phase="measured")).icl.count == 2


async def test_a_request_cut_off_counts_what_had_come(monkeypatch: pytest.MonkeyPatch) -> None:
    async with TalkingServer() as server, LlamaClient(Target(url=server.url), PATIENT) as client:
        trace, _, request = await _streaming(server, Reads(monkeypatch), client, 2)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert trace.content_events == 2


async def _held_back(server: TalkingServer, client: LlamaClient, monkeypatch: pytest.MonkeyPatch) -> int:
    """A token comes while the loop is held up for 50 ms more; how late its stamp is, in nanoseconds."""
    reads = Reads(monkeypatch)
    trace, _, request = await _streaming(server, reads, client, 1)
    said_ns = time.monotonic_ns()
    server.say_now(TOKEN)
    time.sleep(0.05)
    await reads.wait_for(3)
    client.reads()
    assert trace.content_events == 2
    assert trace.last_token_ns is not None
    request.cancel()
    return trace.last_token_ns - said_ns


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
async def test_a_reader_held_back_sees_the_arrival_and_not_the_read(
    monkeypatch: pytest.MonkeyPatch, family: socket.AddressFamily
) -> None:
    async with TalkingServer(family=family) as server, LlamaClient(Target(url=server.url), PATIENT) as client:
        late_ns = await _held_back(server, client, monkeypatch)
        tally = client.reads()
    assert abs(late_ns) < 25 * MS
    assert (tally.kernel, tally.own, tally.refused) == (3, 0, 0)
    assert tally.late_ms.max is not None
    assert tally.late_ms.max >= 50


async def test_tls_keeps_the_stamp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    async with TalkingServer(tls=True) as server, LlamaClient(Target(url=server.url), PATIENT) as client:
        assert abs(await _held_back(server, client, monkeypatch)) < 25 * MS
        assert client.reads().own == 0


async def test_a_system_without_stamps_tells_when_it_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rocmtui.adapters.wire.dialing.SO_TIMESTAMPNS", 9999)
    async with TalkingServer() as server, LlamaClient(Target(url=server.url), PATIENT) as client:
        assert await _held_back(server, client, monkeypatch) >= 50 * MS
        tally = client.reads()
    assert (tally.kernel, tally.own) == (0, 3)


def forged(sock: socket.socket, shift_ns: int | None) -> Callable[[int, int], tuple[bytes, Any, int, Any]]:
    """What `recvmsg` gives with stamps that are `shift_ns` off; None: absent."""

    def recvmsg(size: int, room: int) -> tuple[bytes, Any, int, Any]:
        data, ancillary, flags, address = sock.recvmsg(size, room)
        if shift_ns is None:
            return data, [], flags, address
        shifted = [
            (level, kind, struct.pack("@ll", *divmod(_stamp_ns(raw) + shift_ns, 1_000_000_000)))
            for level, kind, raw in ancillary
        ]
        return data, shifted, flags, address

    return recvmsg


def _stamp_ns(raw: bytes) -> int:
    seconds, nanoseconds = struct.unpack_from("@ll", raw)
    return int(seconds * 1_000_000_000 + nanoseconds)


@pytest.mark.parametrize(
    ("shift_ms", "counted"), [(3000, "refused"), (-3000, "refused"), (None, "own"), (-0.001, "kernel")]
)
async def test_a_stamp_that_cannot_be_is_replaced_and_counted(
    monkeypatch: pytest.MonkeyPatch, shift_ms: float | None, counted: str
) -> None:
    made = timing_connection.TimingConnection.__init__

    def forging(connection: TimingConnection, *args: object) -> None:
        made(connection, *args)  # type: ignore[arg-type]
        shift_ns = None if shift_ms is None else round(shift_ms * MS)
        connection._recvmsg = forged(connection._sock, shift_ns)  # type: ignore[assignment]

    monkeypatch.setattr(TimingConnection, "__init__", forging)
    async with TalkingServer() as server, LlamaClient(Target(url=server.url), PATIENT) as client:
        before_ns = time.monotonic_ns()
        trace, _, request = await _streaming(server, Reads(monkeypatch), client, 2)
        tally = client.reads()
        assert before_ns <= (trace.first_token_ns or 0) <= (trace.last_token_ns or 0) <= time.monotonic_ns()
        assert getattr(tally, counted) == 3
        assert tally.kernel + tally.own + tally.refused == 3
        request.cancel()


async def test_events_of_one_read_share_its_stamp_and_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = Reads(monkeypatch)
    async with TalkingServer() as server, LlamaClient(Target(url=server.url), PATIENT) as client:
        trace, stats, request = await _streaming(server, reads, client, 1)
        await server.say(TOKEN * 3)
        await reads.wait_for(3)
        client.reads()
        assert trace.content_ns[1:] == [trace.last_token_ns] * 3
        assert stats.shared_events == 2
        assert stats.shared_ms_max == ((trace.last_token_ns or 0) - (trace.first_token_ns or 0)) / 1e6
        request.cancel()
