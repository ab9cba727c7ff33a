"""What peers do to sockets: resets, half-closed ends, megabytes, readers that take their time."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from rocmtui.adapters.wire import timing_connection
from rocmtui.adapters.wire.llama_client import LlamaClient
from rocmtui.adapters.wire.timing_transport import TimingTransport
from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.scenario import Target
from rocmtui.core.request.record import ErrorKind
from rocmtui.core.request.trace import RequestTrace
from rocmtui.embedded.known.behaviour import KnownBehaviour
from rocmtui.embedded.known.server import KnownServer
from rocmtui.embedded.known.wire import END, HEADERS, chunk
from tests.adapters.wire.fixture import PROMPT, error_of, scenario, send_one

DESCRIPTORS = Path("/proc/self/fd")
TOKEN = chunk(b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n')
Answer = Callable[[socket.socket], Awaitable[None]]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[str]:
    """The address of a server that lets `answer` have the socket of each connection, its request read."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)

        async def serve() -> None:
            while True:
                sock, _ = await loop.sock_accept(listener)
                with sock:
                    await loop.sock_recv(sock, 65536)
                    await answer(sock)

        task = asyncio.create_task(serve())
        host, port = listener.getsockname()
        yield f"http://{host}:{port}"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def say(sock: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(sock, data)


async def reset(sock: socket.socket) -> None:
    """Close as a crashed server's kernel does."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


async def test_a_peer_that_resets_in_the_middle_is_gone_and_what_came_counts() -> None:
    async def answer(sock: socket.socket) -> None:
        await say(sock, HEADERS + TOKEN + TOKEN[:9])
        await reset(sock)

    async with answering(answer) as url:
        trace = await send_one(url)
    assert error_of(trace).kind is ErrorKind.SERVER_GONE
    assert (trace.content_events, trace.stale_retries) == (1, 0)


async def test_a_reset_before_the_first_byte_is_tried_once_more() -> None:
    async with answering(reset) as url:
        trace = await send_one(url)
    assert (error_of(trace).kind, trace.stale_retries) == (ErrorKind.SERVER_GONE, 1)


async def test_a_server_that_closes_its_half_has_answered_in_full() -> None:
    async def answer(sock: socket.socket) -> None:
        await say(sock, HEADERS + TOKEN + chunk(b"data: [DONE]\n\n") + END)
        sock.shutdown(socket.SHUT_WR)
        await asyncio.get_running_loop().sock_recv(sock, 1)  # until the client closes too

    async with answering(answer) as url:
        trace = await send_one(url)
    assert (trace.error, trace.content_events) == (None, 1)


async def test_a_half_closed_stream_without_its_end_is_cut() -> None:
    async def answer(sock: socket.socket) -> None:
        await say(sock, HEADERS + TOKEN)
        sock.shutdown(socket.SHUT_WR)
        await asyncio.get_running_loop().sock_recv(sock, 1)

    async with answering(answer) as url:
        assert error_of(await send_one(url)).kind is ErrorKind.SERVER_GONE


@pytest.mark.parametrize("framed", [True, False])
async def test_a_reply_of_megabytes_comes_whole(framed: bool) -> None:
    body = os.urandom(1 << 20) * 8

    async def answer(sock: socket.socket) -> None:
        length = b"Content-Length: %d\r\n" % len(body) if framed else b""
        await say(sock, b"HTTP/1.1 200 OK\r\n" + length + b"\r\n" + body)

    async with answering(answer) as url, httpx.AsyncClient(transport=TimingTransport()) as client:
        assert (await client.get(url)).content == body


async def test_a_stream_of_megabytes_is_counted_to_the_last_token() -> None:
    async def answer(sock: socket.socket) -> None:
        await say(sock, HEADERS + TOKEN * 50_000 + chunk(b"data: [DONE]\n\n") + END)

    async with answering(answer) as url:
        trace = await send_one(url, max_tokens=50_000)
    assert (trace.error, trace.content_events) == (None, 50_000)


async def test_a_slow_reader_holds_the_server_back() -> None:
    size, written = 64 << 20, 0

    async def answer(sock: socket.socket) -> None:
        nonlocal written
        await say(sock, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        while written < size:
            await say(sock, bytes(1 << 18))
            written += 1 << 18

    async with (
        answering(answer) as url,
        httpx.AsyncClient(transport=TimingTransport()) as client,
        client.stream("GET", url) as response,
    ):
        before = -1
        while written != before:  # until the kernel's buffers are full and it can write no more
            before = written
            await asyncio.sleep(0.1)
        assert written < size
        assert sum([len(data) async for data in response.aiter_raw()]) == size


async def test_many_requests_leave_no_descriptor() -> None:
    async with (
        KnownServer(KnownBehaviour(ttft_ms=0.1, itl_ms=0.01)) as server,
        LlamaClient(Target(url=server.url), scenario(max_tokens=2)) as client,
    ):

        async def some(count: int) -> None:
            traces = [RequestTrace(LiveStats()) for _ in range(count)]
            await asyncio.gather(*(client.send(PROMPT, trace) for trace in traces))
            assert all(trace.error is None and trace.network is not None for trace in traces)

        await some(5)
        open_before = len(list(DESCRIPTORS.iterdir()))
        for _ in range(10):
            await some(20)
        assert len(os.listdir("/proc/self/fd")) <= open_before  # noqa: PTH208


async def test_a_unix_socket_has_stamps_of_its_own_and_no_network(tmp_path: Path) -> None:
    async with (
        KnownServer(KnownBehaviour(ttft_ms=1, itl_ms=0.1), uds=str(tmp_path / "llama.sock")) as server,
        LlamaClient(Target(url=server.url), scenario()) as client,
    ):
        trace = RequestTrace(LiveStats())
        await client.send(PROMPT, trace)
        tally = client.reads()
    assert (trace.error, trace.network, tally.kernel) == (None, None, 0)
    assert tally.own > 0


async def test_a_reader_that_takes_its_time_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    size = 1 << 20

    async def answer(sock: socket.socket) -> None:
        await say(sock, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size))

    transport = TimingTransport()
    async with (
        answering(answer) as url,
        httpx.AsyncClient(transport=transport, timeout=60) as client,
        client.stream("GET", url) as response,
    ):
        later_ns = time.monotonic_ns() + 3600 * 10**9
        with monkeypatch.context() as patch:
            patch.setattr(timing_connection, "monotonic_ns", lambda: later_ns)
            transport.reads()  # looks after all connections
        assert sum([len(data) async for data in response.aiter_raw()]) == size
