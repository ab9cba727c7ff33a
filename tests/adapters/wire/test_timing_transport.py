"""The transport as a transport: stamps, framing, phases, ways to a server."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from rocmtui import __version__
from rocmtui.adapters.wire.llama_client import LlamaClient
from rocmtui.adapters.wire.timing_transport import TimingTransport
from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.scenario import Target
from rocmtui.core.request.network import NetworkFigures
from rocmtui.core.request.trace import RequestTrace
from rocmtui.embedded.known.behaviour import KnownBehaviour
from rocmtui.embedded.known.server import KnownServer
from rocmtui.embedded.known.wire import END, HEADERS, chunk
from tests.adapters.wire.fixture import PROMPT, RawServer, scenario, send_one

EVENTS = b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n'


class Tap:
    """Notes what it is told."""

    def __init__(self, *, takes: bool = True, enough_after: int = 99) -> None:
        self.notes: list[str] = []
        self.stamps: list[int] = []
        self._takes = takes
        self._enough_after = enough_after

    def sent(self, at_ns: int, connect_ns: int | None) -> None:
        self.notes.append("sent")
        self.stamps.append(at_ns)

    def stale(self) -> None:
        self.notes.append("stale")

    def network(self, figures: NetworkFigures) -> None:
        self.figures = figures

    def head(self, status: int, content_type: str, at_ns: int) -> bool:
        self.notes.append(f"head {status} {content_type}")
        self.stamps.append(at_ns)
        return self._takes

    def body(self, data: bytes, at_ns: int) -> bool:
        self.notes.append(data.decode())
        self.stamps.append(at_ns)
        return len(self.stamps) < self._enough_after

    def done(self, at_ns: int) -> None:
        self.notes.append("done")
        self.stamps.append(at_ns)


def client(transport: TimingTransport | None = None, timeout: float = 5.0) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=transport or TimingTransport(), timeout=timeout, trust_env=False)


async def get(server: RawServer, tap: Tap | None = None) -> httpx.Response:
    async with client() as http:
        request = http.build_request("GET", server.url, extensions={"tap": tap} if tap else {})
        return await http.send(request)


async def test_the_tap_takes_the_body_and_the_response_stays_empty() -> None:
    tap = Tap()
    async with RawServer(HEADERS, chunk(b"one"), chunk(b"two") + END) as server:
        response = await get(server, tap)
    assert (response.status_code, response.content) == (200, b"")
    assert tap.notes[:2] == ["sent", "head 200 text/event-stream"]
    assert "".join(tap.notes[2:]) == "onetwodone"
    assert tap.stamps == sorted(tap.stamps)


async def test_a_tap_that_declines_leaves_the_body_in_the_response() -> None:
    tap = Tap(takes=False)
    async with RawServer(HEADERS, chunk(b"one") + END) as server:
        response = await get(server, tap)
    assert response.content == b"one"


async def test_a_tap_that_has_enough_closes_the_connection() -> None:
    tap = Tap(enough_after=3)
    async with RawServer(HEADERS, chunk(b"one"), *[chunk(b"more")] * 1000) as server:
        await get(server, tap)
    assert "done" not in tap.notes


async def test_the_request_asks_to_close_the_connection() -> None:
    async with RawServer(HEADERS + END) as server:
        await get(server)
    assert b"\r\nConnection: close\r\n" in server.requests[0]
    assert server.requests[0].lower().count(b"connection:") == 1


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"abc"),
        (b"HTTP/1.0 200 OK\r\n\r\nabc",),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: CHUNKED\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\nT: x\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcTOO MUCH",),
    ],
)
async def test_every_framing_of_a_body(pieces: tuple[bytes, ...]) -> None:
    async with RawServer(*pieces) as server:
        response = await get(server)
    assert (response.status_code, response.content) == (200, b"abc")


async def test_a_response_cut_at_every_byte_reads_the_same() -> None:
    whole = HEADERS + chunk(EVENTS) + chunk(EVENTS) + chunk(b"data: [DONE]\n\n") + END
    async with RawServer(*(whole[i : i + 1] for i in range(len(whole)))) as server:
        trace = await send_one(server.url)
    assert (trace.error, trace.content_events) == (None, 2)


async def test_a_response_without_a_body() -> None:
    async with RawServer(b"HTTP/1.1 204 No Content\r\n\r\n") as server:
        response = await get(server)
    assert (response.status_code, response.reason_phrase, response.content) == (204, "No Content", b"")


async def test_a_body_that_breaks_off_raises() -> None:
    async with RawServer(HEADERS, chunk(b"one")) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            await get(server)


async def test_a_server_that_answers_before_it_is_asked_is_heard() -> None:
    async with RawServer(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", read_first=False) as server:
        assert (await get(server)).status_code == 503


async def test_the_open_connection_waits_for_its_time() -> None:
    tap = Tap()
    async with RawServer(HEADERS + END) as server, client() as http:
        due_ns = time.monotonic_ns() + 50_000_000
        request = http.build_request("GET", server.url, extensions={"tap": tap, "not_before_ns": due_ns})
        await http.send(request)
    assert due_ns <= tap.stamps[0] < due_ns + 50_000_000


async def test_a_unix_socket(tmp_path: Path) -> None:
    async with KnownServer(KnownBehaviour(ttft_ms=2, itl_ms=0.5), uds=str(tmp_path / "llama.sock")) as server:
        trace = await send_one(server.url)
    assert (trace.error, trace.output_tokens) == (None, 8)


async def test_a_name_with_several_addresses_finds_the_one_that_listens() -> None:
    async with KnownServer(KnownBehaviour(ttft_ms=2, itl_ms=0.5)) as server:
        trace = await send_one(server.url.replace("127.0.0.1", "localhost"))
    assert trace.error is None


async def test_a_long_request_goes_out_whole() -> None:
    body = b"x" * 20_000_000
    received = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        received.set_result(await reader.readexactly(len(body)))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with client() as http:
        response = await http.post(f"http://{host}:{port}", content=body)
    server.close()
    assert response.status_code == 200
    assert (await received) == body


async def test_another_transport_may_stand_in() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        stream = EVENTS * 3 + b"data: [DONE]\n\n"
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=stream)

    mock = httpx.MockTransport(answer)
    async with LlamaClient(Target(url="http://x"), scenario(), transport=mock) as llama:
        trace = RequestTrace(LiveStats())
        await llama.send(PROMPT, trace)
        trace.end(0)
    assert (trace.error, trace.content_events) == (None, 3)
    assert trace.sent_ns is not None


async def test_every_request_comes_from_a_stranger_with_the_same_headers() -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        headers = {"content-type": "text/event-stream", "set-cookie": "backend=7"}
        return httpx.Response(200, headers=headers, content=b"data: [DONE]\n\n")

    mock = httpx.MockTransport(answer)
    async with LlamaClient(Target(url="http://x:8"), scenario(), api_key="k", transport=mock) as llama:
        for _ in range(2):
            await llama.send(PROMPT, RequestTrace(LiveStats()))
    assert seen[0].headers == seen[1].headers
    assert dict(seen[1].headers) == {
        "host": "x:8",
        "user-agent": f"rocmtui/{__version__}",
        "accept": "text/event-stream",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "authorization": "Bearer k",
        "content-length": str(len(await seen[1].aread())),
    }
