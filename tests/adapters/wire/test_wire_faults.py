"""Everything that can go wrong on the wire ends in a typed error, and nothing is lost or counted twice."""

from __future__ import annotations

import asyncio
import socket

import pytest

from rocmtui.core.request.record import ErrorKind
from rocmtui.embedded.known.behaviour import Fault, KnownBehaviour
from rocmtui.embedded.known.server import KnownServer
from rocmtui.embedded.known.wire import END, HEADERS, chunk
from tests.adapters.wire.fixture import RawServer, error_of, send_one

FAST = {"ttft_ms": 2.0, "itl_ms": 0.5}


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault.CUT, ErrorKind.SERVER_GONE, "middle of its response, after 3 content events"),
        (Fault.NO_END, ErrorKind.TRUNCATED, "without its closing event, after 8 content events"),
        (Fault.IN_STREAM_ERROR, ErrorKind.CONTEXT_EXCEEDED, "Context size has been exceeded."),
        (Fault.BROKEN_JSON, ErrorKind.BAD_REPLY, "an event of the stream cannot be read"),
        (Fault.STALE, ErrorKind.SERVER_GONE, "without sending a response, before it answered"),
        (Fault.LOADING, ErrorKind.HTTP_5XX, "Loading model"),
        (Fault.TOO_LONG, ErrorKind.CONTEXT_EXCEEDED, "request (9999 tokens) exceeds"),
        (Fault.HTML, ErrorKind.BAD_REPLY, "the server answered with a web page, not an LLM reply"),
        (Fault.NOT_HTTP, ErrorKind.BAD_REPLY, "what came is no HTTP response"),
    ],
)
async def test_each_fault_has_its_kind(fault: Fault, kind: ErrorKind, words: str) -> None:
    async with KnownServer(KnownBehaviour(fault=fault, **FAST)) as server:
        error = error_of(await send_one(server.url))
    assert error.kind is kind
    assert words in error.message
    assert error.remedy


async def test_role_and_progress_events_are_no_first_token() -> None:
    async with KnownServer(KnownBehaviour(fault=Fault.EARLY_ROLE, ttft_ms=40, itl_ms=0.5)) as server:
        trace = await send_one(server.url)
    assert trace.sent_ns is not None
    assert trace.first_token_ns is not None
    assert trace.first_token_ns - trace.sent_ns >= 40_000_000
    assert (trace.content_events, trace.error) == (8, None)


async def test_reasoning_is_output() -> None:
    async with KnownServer(KnownBehaviour(fault=Fault.REASONING, **FAST)) as server:
        assert (await send_one(server.url)).content_events == 8


async def test_tokens_are_counted_by_the_server_and_not_by_events() -> None:
    async with KnownServer(KnownBehaviour(tokens_per_event=4, **FAST)) as server:
        trace = await send_one(server.url, max_tokens=61)
    assert (trace.content_events, trace.output_tokens) == (16, 61)


async def test_a_stale_connection_is_replaced_once_and_noted() -> None:
    behaviour = KnownBehaviour(fault=Fault.STALE, fault_every=2, **FAST)
    async with KnownServer(behaviour) as server:
        first, second = await send_one(server.url), await send_one(server.url)
    assert (first.stale_retries, second.stale_retries) == (0, 1)
    assert (first.error, second.error) == (None, None)
    assert second.output_tokens == 8
    assert server.requests == 3


class DyingServer(KnownServer):
    """Refuses new connections after the first request, as a server that crashes does."""

    def begin(self) -> Fault | None:
        self._stop_listening()
        return super().begin()


async def test_a_server_that_dies_while_we_retry_is_gone_rather_than_refusing() -> None:
    async with DyingServer(KnownBehaviour(fault=Fault.STALE, **FAST)) as server:
        error = error_of(await send_one(server.url))
    assert error.kind is ErrorKind.SERVER_GONE


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    error = error_of(await send_one(f"http://127.0.0.1:{port}"))
    assert (error.kind, error.message) == (ErrorKind.CONNECT, "cannot connect: Connection refused")


async def test_a_name_that_does_not_exist() -> None:
    error = error_of(await send_one("http://no-such-host.invalid"))
    assert error.kind is ErrorKind.CONNECT


async def test_no_answer_and_a_stalled_stream_time_out_by_their_phase() -> None:
    async with KnownServer(KnownBehaviour(fault=Fault.NO_ANSWER)) as server:
        error = error_of(await send_one(server.url, timeout_s=0.1))
    assert (error.kind, error.message) == (ErrorKind.TIMEOUT_FIRST_BYTE, "no answer within 0.1 s")
    async with KnownServer(KnownBehaviour(fault=Fault.STALL, **FAST)) as server:
        error = error_of(await send_one(server.url, timeout_s=0.1))
    assert error.kind is ErrorKind.TIMEOUT_READ
    assert error.message == "the stream fell silent for 0.1 s after 3 content events"


async def test_a_slow_stream_that_never_falls_silent_does_not_time_out() -> None:
    async with KnownServer(KnownBehaviour(ttft_ms=60, itl_ms=60)) as server:
        trace = await send_one(server.url, timeout_s=0.1, max_tokens=4)
    assert (trace.error, trace.content_events) == (None, 4)


async def test_nobody_accepts() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        host, port = deaf.getsockname()
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex((host, port))
            fillers.append(filler)
        error = error_of(await send_one(f"http://{host}:{port}", timeout_s=0.2))
        for filler in fillers:
            filler.close()
    assert (error.kind, error.message) == (ErrorKind.TIMEOUT_CONNECT, "no connection within 0.2 s")


async def test_a_wrong_key_and_the_right_one() -> None:
    async with KnownServer(KnownBehaviour(api_key="secret", **FAST)) as server:
        refused = error_of(await send_one(server.url, api_key="wrong"))
        accepted = await send_one(server.url, api_key="secret")
    assert (refused.kind, refused.status) == (ErrorKind.HTTP_4XX, 401)
    assert "secret" not in refused.message
    assert accepted.error is None


async def test_a_server_that_is_no_llama_server_is_not_sent_its_fields() -> None:
    async with KnownServer(KnownBehaviour(llama=False, **FAST)) as server:
        refused = await send_one(server.url)
        accepted = await send_one(server.url, is_llama=False)
    assert error_of(refused).message.startswith("unknown field")
    assert (accepted.error, accepted.timings, accepted.output_tokens) == (None, None, 8)


async def test_a_reason_to_finish_that_is_no_text_is_a_bad_reply() -> None:
    event = chunk(b'data: {"choices":[{"delta":{},"finish_reason":"\xff"}]}\n\n')
    async with RawServer(HEADERS, event + END) as server:
        trace = await send_one(server.url)
    assert error_of(trace).kind is ErrorKind.BAD_REPLY
    assert error_of(trace).message.startswith("an event of the stream cannot be read")


async def test_a_stream_that_ends_in_rubbish_counts_what_came_before_it() -> None:
    token = chunk(b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n')
    async with RawServer(HEADERS, token + token + b"rubbish") as server:
        trace = await send_one(server.url)
    assert (trace.content_events, error_of(trace).kind) == (2, ErrorKind.BAD_REPLY)


async def test_cancelling_closes_the_socket_which_frees_the_slot() -> None:
    async with KnownServer(KnownBehaviour(fault=Fault.STALL, slots=1, **FAST)) as server:
        task = asyncio.create_task(send_one(server.url))
        while server.tokens < 3:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(20):
            while server.busy:
                await asyncio.sleep(0.001)
    assert server.cancelled == 1


async def test_cancelling_while_queued_leaves_the_queue() -> None:
    async with RawServer() as server:
        task = asyncio.create_task(send_one(server.url))
        while not server.requests:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(20):
            await server.closed_by_client.wait()
