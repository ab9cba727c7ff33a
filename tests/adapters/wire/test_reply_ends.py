"""How a reply ends: which bytes are a good end, which are a failure, and when the request is over."""

from __future__ import annotations

import errno
import time
import zlib

import pytest

from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.adapters.wire.reply_reader import wire_error
from rocmtui.core.load.live import LiveStats
from rocmtui.core.request.record import ErrorKind
from rocmtui.core.request.trace import RequestTrace
from rocmtui.embedded.known.wire import END, HEADERS, chunk
from tests.adapters.wire.fixture import RawServer, error_of, send_one

ROLE = chunk(b'data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n')
TOKEN = chunk(b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n')
STOP = chunk(b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n')
USAGE = chunk(b'data: {"choices":[],"usage":{"prompt_tokens":4,"completion_tokens":2}}\n\n')
DONE = chunk(b"data: [DONE]\n\n")
LOADING = chunk(b'data: {"choices":[{"delta":{"reasoning_content":"loading"}}]}\n\n')


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ((DONE, END), ErrorKind.EMPTY_REPLY),
        ((END,), ErrorKind.EMPTY_REPLY),
        ((ROLE, DONE, END), ErrorKind.EMPTY_REPLY),
        ((ROLE, TOKEN, END), ErrorKind.TRUNCATED),
        ((TOKEN, chunk(b'error: {"code":500,"message":"boom"}\n\n'), DONE, END), ErrorKind.IN_STREAM),
        ((TOKEN, chunk(b'event: error\ndata: {"message":"boom"}\n\n'), END), ErrorKind.IN_STREAM),
        ((chunk(b'{"error":{"message":"no such thing"}}'), END), ErrorKind.IN_STREAM),
        ((chunk(b"<html>hello</html>\n\n"), END), ErrorKind.BAD_REPLY),
        ((TOKEN,) * 40, ErrorKind.OVERLONG),
    ],
)
async def test_ends_that_are_failures(body: tuple[bytes, ...], kind: ErrorKind) -> None:
    async with RawServer(HEADERS, *body) as server:
        assert error_of(await send_one(server.url)).kind is kind


async def test_a_reply_without_tokens_but_with_a_reason_is_completed_and_empty() -> None:
    async with RawServer(HEADERS, ROLE, STOP, USAGE, DONE, END) as server:
        trace = await send_one(server.url)
    assert (trace.error, trace.content_events, trace.finish_reason) == (None, 0, "stop")


async def test_a_compressed_stream_is_read() -> None:
    deflate = zlib.compressobj(wbits=31)
    plain = b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n'
    pieces = [chunk(deflate.compress(plain) + deflate.flush(zlib.Z_SYNC_FLUSH)) for _ in range(3)]
    async with RawServer(HEADERS, *pieces, END) as server:
        trace = await send_one(server.url)
    assert (trace.error, trace.content_events) == (None, 3)


async def test_a_compression_we_cannot_read_is_named() -> None:
    headers = HEADERS.replace(b"\r\n\r\n", b"\r\nContent-Encoding: br\r\n\r\n")
    async with RawServer(headers, chunk(b"\x0b\x02\x80\x00\x03"), END) as server:
        assert "compressed (br)" in error_of(await send_one(server.url)).message


async def test_what_a_proxy_says_while_it_loads_is_no_token() -> None:
    async with RawServer(HEADERS, LOADING, LOADING, TOKEN, TOKEN, STOP, DONE, END) as server:
        assert (await send_one(server.url)).content_events == 2
    async with RawServer(HEADERS, LOADING, LOADING, STOP, DONE, END) as server:
        assert (await send_one(server.url)).content_events == 2  # nobody else spoke


@pytest.mark.parametrize("usage", [USAGE, b""])
async def test_done_ends_the_request_on_a_connection_that_stays_open(usage: bytes) -> None:
    async with RawServer(HEADERS, TOKEN, STOP, usage, DONE, hold=True) as server:
        began = time.monotonic()
        trace = await send_one(server.url)
        assert time.monotonic() - began < 2
    assert trace.error is None
    assert trace.done_ns is not None
    assert trace.last_token_ns is not None
    assert trace.done_ns - trace.last_token_ns < 200_000_000


async def test_a_request_has_a_time_limit_as_a_whole() -> None:
    async with RawServer(HEADERS, TOKEN, hold=True) as server:
        error = error_of(await send_one(server.url, request_timeout_s=0.05))
    assert (error.kind, error.message) == (ErrorKind.TIMEOUT_REQUEST, "cut after 0.05 s and 1 content events")


def test_no_more_files_is_the_clients_limit_and_not_the_servers() -> None:
    error = httpx.ConnectError("Too many open files")
    error.__cause__ = OSError(errno.EMFILE, "Too many open files")
    found = wire_error(error, RequestTrace(LiveStats()), 1.0)
    assert found is not None
    assert (found.kind, found.remedy) == (
        ErrorKind.CLIENT_LIMIT,
        "raise the limit of open files (ulimit -n), or lower the load",
    )
