"""Sends prompts to a server through httpx and fills a trace with what comes back."""

from __future__ import annotations

import asyncio
import time
from http.cookiejar import CookieJar
from typing import Any

import msgspec

from rocmtui import __version__
from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.adapters.wire.reply_reader import ReplyReader, wire_error
from rocmtui.adapters.wire.timing_transport import TimingTransport
from rocmtui.adapters.wire.whole_body import read_into, whole_body
from rocmtui.core.load.prompts import text_of
from rocmtui.core.load.scenario import WHOLE, Prompt, Scenario, Target
from rocmtui.core.request.arrival import ReadTally
from rocmtui.core.request.errors.remedies import failure
from rocmtui.core.request.record import ErrorKind
from rocmtui.core.request.spoken import KeepingDecoder, calls_of, put_together
from rocmtui.core.request.trace import RequestTrace
from rocmtui.core.server.url import http_base

PATHS = {
    "chat": "/v1/chat/completions",
    "completion": "/completion",
    "completions": "/v1/completions",
    "embeddings": "/v1/embeddings",
    "rerank": "/v1/rerank",
}
HEADERS = (
    (b"User-Agent", f"rocmtui/{__version__}".encode()),
    (b"Accept", b"text/event-stream"),
    (b"Accept-Encoding", b"identity"),
    (b"Content-Type", b"application/json"),
)
MAX_ERROR_BODY_BYTES = 64 * 1024
SPARE_EVENTS = 16
"""A reply is cut when it has so many events more than twice the tokens asked for."""


class _NoCookies(CookieJar):
    """Each request comes from a stranger: what a server or a proxy sets is not sent back."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Take none."""


class LlamaClient:
    """A RequestSender. Use it as an async context manager, on one event loop.

    `transport` is for tests; with another than TimingTransport the stamps are taken around httpx.
    """

    def __init__(
        self,
        target: Target,
        scenario: Scenario,
        *,
        api_key: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._target = target
        self._scenario = scenario
        base, uds = http_base(target.url)
        # Address and headers are made once: httpx's build_request takes a tenth of a millisecond for them.
        self._url = httpx.URL(base + PATHS[scenario.endpoint])
        self._headers = [(b"Host", self._url.netloc), *HEADERS]
        if api_key:
            self._headers.append((b"Authorization", f"Bearer {api_key}".encode()))
        self._transport = transport or TimingTransport(uds=uds)
        self._client = httpx.AsyncClient(
            transport=self._transport, timeout=scenario.timeout_s, cookies=_NoCookies(), trust_env=False
        )

    async def __aenter__(self) -> LlamaClient:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._client.aclose()

    async def send(self, prompt: Prompt, trace: RequestTrace, not_before_ns: int | None = None) -> None:
        """Send `prompt` and read the reply to its end. Errors stay in the trace; cancellation is raised."""
        scenario = self._scenario
        longest = 2 * (prompt.max_tokens or scenario.max_tokens) + SPARE_EVENTS
        tools = prompt.extras.get("tools")
        kept = KeepingDecoder() if prompt.keeps_reply or tools else None
        reader = ReplyReader(trace, longest, kept)
        body = msgspec.json.encode(request_body(prompt, self._scenario, self._target))
        request = httpx.Request(
            "POST",
            self._url,
            headers=[*self._headers, (b"Content-Length", b"%d" % len(body))],
            stream=httpx.ByteStream(body),
            extensions={"tap": reader, "not_before_ns": not_before_ns},
        )
        try:
            async with asyncio.timeout(scenario.request_timeout_s) as reader.limit:
                await self._exchange(request, reader, trace)
        except httpx.HTTPError as error:
            trace.fail(wire_error(error, trace, scenario.timeout_s))
        except TimeoutError:
            if not trace.closed:
                told = f"cut after {scenario.request_timeout_s:g} s and {trace.content_events} content events"
                trace.fail(failure(ErrorKind.TIMEOUT_REQUEST, told))
        if kept is not None:
            trace.reply = put_together(kept.kept)
            trace.calls = calls_of(trace.reply, tools) if tools else None

    @property
    def open_by_server(self) -> tuple[int, ...]:
        """There is one server."""
        return ()

    def reads(self) -> ReadTally:
        """What the reads so far were stamped by, and how late they came; the traces know all of them."""
        return self._transport.reads() if isinstance(self._transport, TimingTransport) else ReadTally()

    async def _exchange(self, request: httpx.Request, reader: ReplyReader, trace: RequestTrace) -> None:
        before_ns = time.monotonic_ns()
        response = await self._client.send(request, stream=True)
        try:
            if not reader.answered:
                reader.sent(before_ns, None)
                content_type = response.headers.get("content-type", "")
                reader.head(response.status_code, content_type, time.monotonic_ns())
            if reader.reads_events:
                await reader.read(response)
            elif response.status_code == 200 and self._scenario.endpoint in WHOLE:
                await read_into(trace, response)
            else:
                reader.refuse(response, await _start_of(response))
        finally:
            await response.aclose()
            response.stream = httpx.ByteStream(b"")  # it refers back to the response: leave no cycle


def request_body(prompt: Prompt, scenario: Scenario, target: Target) -> dict[str, Any]:
    """The JSON of one request; what only llama-server knows is left out for other servers."""
    if scenario.endpoint in WHOLE:
        return whole_body(prompt, scenario, target)
    body: dict[str, Any] = {"stream": True, "temperature": scenario.temperature, "seed": scenario.seed}
    if target.model is not None:
        body["model"] = target.model
    if scenario.endpoint == "chat":
        body["messages"] = prompt.messages or ({"role": "user", "content": prompt.text or ""},)
    else:
        body["prompt"] = _as_text(prompt)
    limit = "n_predict" if scenario.endpoint == "completion" else "max_tokens"
    body[limit] = prompt.max_tokens or scenario.max_tokens
    if scenario.endpoint != "completion":
        body["stream_options"] = {"include_usage": True}
    if target.is_llama_server:
        body["cache_prompt"] = scenario.cache_prompt
        body["ignore_eos"] = scenario.ignore_eos
    return body | prompt.extras if prompt.extras else body


def _as_text(prompt: Prompt) -> str:
    if prompt.text is not None:
        return prompt.text
    return "\n\n".join(map(text_of, prompt.messages))


async def _start_of(response: httpx.Response) -> bytes:
    """As much of a body as an error message needs."""
    pieces: list[bytes] = []
    size = 0
    async for data in response.aiter_bytes():
        pieces.append(data)
        size += len(data)
        if size >= MAX_ERROR_BODY_BYTES:
            break
    return b"".join(pieces)[:MAX_ERROR_BODY_BYTES]
