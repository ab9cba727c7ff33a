"""The least a client on uvloop can cost: it asks, reads, and throws away what it read.

    python -m tests.benchmarks.bare_reader URL STREAMS REQUESTS TOKENS

It stamps, parses and counts nothing; what another client costs above it is that client's own work. Its
streams begin a little apart, as a load's do: tokens that come together cost less than tokens that come alone.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from functools import partial
from typing import cast
from urllib.parse import urlsplit

import uvloop

APART_S = 0.001
"""About what it takes a load to build and send a request."""


class Reader(asyncio.Protocol):
    """Sends one request; `over` is done when the server closed the connection."""

    def __init__(self, request: bytes, over: asyncio.Future[None]) -> None:
        self._request = request
        self._over = over

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        pass

    def connection_lost(self, exc: Exception | None) -> None:
        self._over.set_result(None)


async def read_all(url: str, streams: int, requests: int, tokens: int) -> float:
    """CPU seconds of reading `requests` replies, `streams` at a time."""
    where = urlsplit(url)
    body = json.dumps(
        {"messages": [{"role": "user", "content": "hello"}], "max_tokens": tokens, "stream": True}
    ).encode()
    line = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {where.netloc}\r\n"
    request = f"{line}Content-Length: {len(body)}\r\n\r\n".encode() + body
    loop = asyncio.get_running_loop()
    numbers = iter(range(requests))

    async def stream(number: int) -> None:
        await asyncio.sleep(number * APART_S)
        for _ in numbers:
            over: asyncio.Future[None] = loop.create_future()
            await loop.create_connection(partial(Reader, request, over), where.hostname, where.port)
            await over

    began = time.process_time()
    await asyncio.gather(*map(stream, range(streams)))
    return time.process_time() - began


if __name__ == "__main__":
    streams, requests, tokens = map(int, sys.argv[2:5])
    used = uvloop.run(read_all(sys.argv[1], streams, requests, tokens))
    print(json.dumps({"cpu_us_per_token": used * 1e6 / requests / tokens}))
