"""Tokens wait to be parsed, stamped; what somebody waits for does not."""

from __future__ import annotations

import asyncio
import time

import pytest

from rocmtui.adapters.wire import read_inbox
from rocmtui.adapters.wire.llama_client import LlamaClient
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


class TalkingServer:
    """One connection that says what it is told, when it is told, and closes only when the test ends."""

    async def __aenter__(self) -> TalkingServer:
        self._asked = asyncio.Event()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._writer.close()
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self._writer = writer
        self._asked.set()

    async def say(self, data: bytes) -> None:
        await self._asked.wait()
        self._writer.write(data)


class Reads:
    """Counts the reads of a client's connections as they come, parsed or not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._count = 0
        self._more = asyncio.Event()
        received = TimingConnection.data_received

        def counting(connection: TimingConnection, data: bytes) -> None:
            received(connection, data)
            self._count += 1
            self._more.set()

        monkeypatch.setattr(TimingConnection, "data_received", counting)

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
    trace = RequestTrace(stats)
    request = asyncio.create_task(client.send(PROMPT, trace))
    for number, piece in enumerate([HEADERS, *[TOKEN] * tokens], 1):
        await server.say(piece)
        await reads.wait_for(number)
        while trace.headers_ns is None:
            await asyncio.sleep(0)
    return trace, stats, request


async def test_tokens_wait_and_keep_their_stamps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_inbox, "MAX_DELAY_S", 3600.0)
    async with TalkingServer() as server, LlamaClient(Target(url=server.url), PATIENT) as client:
        trace, stats, request = await _streaming(server, Reads(monkeypatch), client, 3)
        now_ns = time.monotonic_ns()
        assert (trace.content_events, trace.first_token_ns) == (0, None)
        await client.catch_up()
        assert trace.content_events == 3
        assert trace.first_token_ns is not None
        assert trace.last_token_ns is not None
        assert trace.first_token_ns < trace.last_token_ns < now_ns
        assert stats.snapshot(LiveSnapshot(at_ns=now_ns, phase="measured")).icl.count == 2
        request.cancel()


@pytest.mark.parametrize("pieces", [[LAST + END], [LAST + END[:-1], END[-1:]]])
async def test_the_end_does_not_wait_where_the_connection_stays_open(
    monkeypatch: pytest.MonkeyPatch, pieces: list[bytes]
) -> None:
    monkeypatch.setattr(read_inbox, "MAX_DELAY_S", 3600.0)
    reads = Reads(monkeypatch)
    async with TalkingServer() as server, LlamaClient(Target(url=server.url), PATIENT) as client:
        trace, _, request = await _streaming(server, reads, client, 3)
        for number, piece in enumerate(pieces, 5):
            await server.say(piece)
            await reads.wait_for(number)
        async with asyncio.timeout(5):
            await request
        assert (trace.error, trace.content_events, trace.closed) == (None, 3, True)


async def test_a_request_cut_off_counts_what_had_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_inbox, "MAX_DELAY_S", 3600.0)
    async with TalkingServer() as server, LlamaClient(Target(url=server.url), PATIENT) as client:
        trace, _, request = await _streaming(server, Reads(monkeypatch), client, 2)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert trace.content_events == 2


async def test_nobody_needs_to_ask_for_tokens_to_be_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_inbox, "MAX_DELAY_S", 0.001)
    monkeypatch.setattr(read_inbox, "READS_A_TURN", 1)
    async with TalkingServer() as server, LlamaClient(Target(url=server.url), PATIENT) as client:
        trace, _, request = await _streaming(server, Reads(monkeypatch), client, 3)
        async with asyncio.timeout(5):
            while trace.content_events < 3:
                await asyncio.sleep(0)
        request.cancel()
