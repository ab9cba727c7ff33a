"""Asks a server how it is, each question on a connection of its own.

None is kept: an idle one holds a thread of the server, and llama-server announces keep-alive and closes all
the same, so that the next question may meet a connection that is just being closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.adapters.wire.timing_transport import TimingTransport
from rocmtui.core.server.replies import RequestGauges, add_models, read_props, read_requests, read_slots
from rocmtui.core.server.state import ServerFacts, SlotReading
from rocmtui.core.server.url import http_base
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import NotAnLlmServer, ServerError, UsageError

SHORT = httpx.Timeout(1.5, connect=1.0)
HEALTH = httpx.Timeout(1.0)
"""Three misses must be noticed within 5 s."""
LONG = httpx.Timeout(60.0, connect=1.0)
"""Tokenizing a long prompt on a busy machine."""


class HttpProbe:
    """Implements `core.ports.ServerProbe`; `url` is `http://host:port`, `https://...` or `unix:///path.sock`."""

    def __init__(
        self, url: str, api_key: str | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = url
        if "://" not in url:
            raise UsageError(f"{url!r} is no address of a server", "write it as http://HOST:PORT")
        base, socket = http_base(url)
        try:
            self._client = httpx.AsyncClient(
                base_url=base,
                headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
                timeout=SHORT,
                transport=transport or TimingTransport(uds=socket),
                trust_env=False,
            )
        except httpx.InvalidURL as error:
            raise UsageError(f"{url!r} is no address of a server ({error})") from error

    async def health(self) -> str:
        """`ok`, `loading`, `refused`, `timeout` or `error`; `ok` as well if it answers but has no /health."""
        try:
            response = await self._client.get("/health", timeout=HEALTH)
        except httpx.ConnectError:
            return "refused"
        except httpx.TimeoutException:
            return "timeout"
        except httpx.HTTPError:
            return "error"
        if response.status_code == 503:
            return "loading"
        return "error" if response.status_code >= 500 else "ok"

    async def facts(self) -> ServerFacts:
        """What /props and /v1/models say. Raises ServerError or NotAnLlmServer."""
        response = await self._get("/props")
        props = read_props(response.content) if response.status_code == 200 else None
        if props is not None and props.is_router:
            raise ServerError(
                f"{self._url} is a llama-server router, which loads models on demand",
                "give the address of one of its model servers, or start llama-server with a model",
            )
        known = props.facts if props else ServerFacts(is_llama_server=False, slots_endpoint=False)
        models = await self._get("/v1/models")
        facts = add_models(known, models.content) if models.status_code == 200 else None
        if facts is None and props is None:
            raise NotAnLlmServer(
                f"{self._url} answers, but not as an LLM server (/props: {response.status_code}, "
                f"/v1/models: {models.status_code})",
                "is it the right port?",
            )
        return facts or known

    async def slots(self) -> tuple[SlotReading, ...] | None:
        """None where the server has no /slots, or does not answer now."""
        response = await self._try("/slots")
        return read_slots(response.content) if response else None

    async def requests(self) -> RequestGauges | None:
        """Requests under way and queued; None without /metrics. Resets the server's throughput gauges."""
        response = await self._try("/metrics")
        return read_requests(response.text) if response else None

    async def asleep(self) -> bool:
        """Whether the model is unloaded until the next request. Asking does not wake it."""
        response = await self._try("/props")
        props = read_props(response.content) if response else None
        return props is not None and props.is_sleeping

    async def tokenize(self, text: str, *, add_special: bool = False) -> list[int] | None:
        """Token ids; None where the server cannot."""
        reply = await self._post("/tokenize", {"content": text, "add_special": add_special})
        tokens = reply.get("tokens")
        return [int(token) for token in tokens] if isinstance(tokens, list) else None

    async def apply_template(self, messages: Sequence[Mapping[str, str]]) -> str | None:
        """The prompt a chat becomes; None where the server cannot."""
        text = (await self._post("/apply-template", {"messages": [dict(m) for m in messages]})).get("prompt")
        return text if isinstance(text, str) else None

    async def close(self) -> None:
        """Give up the connections."""
        await self._client.aclose()

    async def _get(self, path: str) -> httpx.Response:
        try:
            response = await self._client.get(path)
        except httpx.HTTPError as error:
            raise _unreachable(self._url, error) from error
        if response.status_code in (401, 403):
            raise ServerError(f"{self._url} wants an API key", "name its variable with --api-key-env")
        return response

    async def _try(self, path: str) -> httpx.Response | None:
        try:
            response = await self._client.get(path)
        except httpx.HTTPError:
            return None
        return response if response.status_code == 200 else None

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            response = await self._client.post(path, json=body, timeout=LONG)
            reply = response.json() if response.status_code == 200 else {}
        except (httpx.HTTPError, ValueError, RecursionError):
            return {}
        return cast(dict[str, Any], reply) if isinstance(reply, dict) else {}


def _unreachable(url: str, error: httpx.HTTPError) -> ServerError:
    """In words, what httpx says by type and by the text of the system below it."""
    reason = clean_line(str(error), 200)
    if "certificate verify failed" in reason.lower():
        return ServerError(f"{url} is not trusted: {reason}", "name its authority with SSL_CERT_FILE=FILE")
    if "ssl" in reason.lower():
        return ServerError(f"no TLS with {url}: {reason}", "is it http:// and not https://?")
    if isinstance(error, httpx.TimeoutException):
        tls = "http:// and not https://, " if url.startswith("https") else ""
        return ServerError(f"nothing answers at {url} in time", f"is it {tls}hung, or busy loading?")
    return ServerError(
        f"nothing answers at {url} ({reason or type(error).__name__})", "is the server running?"
    )
