"""Asks a server how it is, each question on a connection of its own.

None is kept: an idle one holds a thread of the server, and llama-server announces keep-alive and closes all
the same, so that the next question may meet a connection that is just being closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from rocmtui.adapters.wire.api_client import api_client
from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.core.server.models import OfferedModel, choose_model, read_models
from rocmtui.core.server.replies import (
    DraftCounts,
    RequestGauges,
    add_model,
    read_drafts,
    read_props,
    read_requests,
    read_slots,
)
from rocmtui.core.server.state import ServerFacts, SlotReading
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import NotAnLlmServer, ServerError, StillLoading, UsageError

SHORT = httpx.Timeout(1.5, connect=1.0)
HEALTH = httpx.Timeout(1.0)
"""Three misses must be noticed within 5 s."""
ADD_MODELS = "give it some (--models-dir, -hf), or start llama-server with a model"
LONG = httpx.Timeout(60.0, connect=1.0)
"""Tokenizing a long prompt on a busy machine."""


class HttpProbe:
    """Implements `core.ports.ServerProbe`; `url` is `http://host:port`, `https://...` or `unix:///path.sock`."""

    def __init__(
        self, url: str, api_key: str | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = url
        self._wanted: str | None = None
        """The model that is asked for, once there is a choice."""
        self._per_model = False
        self._woken = False
        self.switched_off: set[str] = set()
        """Paths the server said it does not offer."""
        if "://" not in url:
            raise UsageError(f"{url!r} is no address of a server", "write it as http://HOST:PORT")
        try:
            self._client = api_client(url, api_key, SHORT, transport)
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

    async def facts(self, wanted: str | None = None) -> ServerFacts:
        """What /props and /v1/models say of the model that is asked for, now or before.

        Raises StillLoading, UsageError for a model that is not there, ServerError or NotAnLlmServer.
        """
        self._wanted = wanted or self._wanted
        answer = await self._get("/props")
        props = read_props(answer.content) if answer.status_code == 200 else None
        models = await self._get("/v1/models")
        offered = read_models(models.content) if models.status_code == 200 else None
        if loading := next(filter(_is_loading, (answer, models)), None):
            raise StillLoading(f"{self._url} is still loading its model", clean_line(loading.text, 200))
        if props is None and not offered:
            raise self._no_model(answer, models, offered is not None)
        if props is not None and not props.is_router:
            return self._of_one(props.facts, offered or ())
        if not offered:
            raise ServerError(f"{self._url} is a llama-server router that has no models", ADD_MODELS)
        return await self._of_many(offered)

    def _of_one(self, facts: ServerFacts, offered: tuple[OfferedModel, ...]) -> ServerFacts:
        if self._wanted is not None and _named(facts, self._wanted) is None:
            choose_model(self._wanted, offered, self._url)
        return add_model(facts, offered[0]) if offered else facts

    async def _of_many(self, offered: tuple[OfferedModel, ...]) -> ServerFacts:
        """A router's or any other server's, which goes by the names of its models."""
        model = choose_model(self._wanted, offered, self._url)
        self._wanted = model.id
        known = ServerFacts(is_llama_server=False, slots_endpoint=False)
        self._per_model = any(one.state for one in offered)
        if self._per_model:
            known = ServerFacts(per_model=True)
            answer = await self._try("/props")
            props = read_props(answer.content) if answer else None
            if props is not None and not props.is_router:
                known = msgspec.structs.replace(props.facts, per_model=True, slots_endpoint=True)
        names = tuple(one.id for one in offered if one.id) if len(offered) > 1 or self._per_model else ()
        return msgspec.structs.replace(add_model(known, model), model=model.id, models=names)

    def _no_model(self, props: httpx.Response, models: httpx.Response, empty: bool) -> ServerError:
        if empty:
            return ServerError(f"{self._url} has no models", "load or pull one there first")
        if elsewhere := next((answer for answer in (models, props) if answer.is_redirect), None):
            to = clean_line(str(elsewhere.url.join(elsewhere.headers["location"])), 200)
            return ServerError(f"{self._url} redirects to {to}", "give that address with --url instead")
        return NotAnLlmServer(
            f"{self._url} answers, but not as an LLM server (/props: {props.status_code}, "
            f"/v1/models: {models.status_code})",
            "is it the right port?",
        )

    async def model_state(self) -> str | None:
        """`loaded`, `unloaded`, `loading`, `sleeping` ... of the model asked for, where a router tells."""
        model = await self._offered()
        return model.state if model else None

    async def wake(self, timeout_s: float) -> None:
        """Have the model loaded where that is done on demand. Raises StillLoading until then, ServerError."""
        if not self._per_model:
            return await self._ask_a_token(timeout_s)
        model = await self._offered()
        if model is None or model.state in ("loaded", "sleeping"):
            return None
        if model.failure is not None and self._woken:
            raise ServerError(
                f"{self._wanted} could not be loaded: its process ended with exit {model.failure}",
                "the router's log says why",
            )
        if model.state == "unloaded" and not self._woken:
            self._woken = True
            await self._post("/models/load", {"model": self._wanted})
        raise StillLoading(f"{self._wanted} is {model.state}")

    async def _ask_a_token(self, timeout_s: float) -> None:
        body = {"model": self._wanted, "messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}
        try:
            answer = await self._client.post("/v1/chat/completions", json=body, timeout=timeout_s)
        except httpx.HTTPError as error:
            raise _unreachable(self._url, error) from error
        if answer.status_code == 503:
            raise StillLoading(f"{self._wanted} is loading")

    async def _offered(self) -> OfferedModel | None:
        answer = await self._try("/v1/models", of_model=False)
        offered = (read_models(answer.content) if answer else None) or ()
        return next((model for model in offered if self._wanted in model.names), None)

    async def slots(self) -> tuple[SlotReading, ...] | None:
        """None where the server has no /slots (see `offers_slots`), or does not answer now."""
        response = await self._try("/slots")
        return read_slots(response.content) if response else None

    async def requests(self) -> RequestGauges | None:
        """Requests under way and queued; None without /metrics. Resets the server's throughput gauges."""
        response = await self._try("/metrics")
        return read_requests(response.text) if response else None

    async def drafts(self) -> DraftCounts | None:
        """What the server counted of its drafts; None without /metrics. Resets its throughput gauges."""
        response = await self._try("/metrics")
        return read_drafts(response.text) if response else None

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

    async def apply_template(self, messages: Sequence[Mapping[str, Any]]) -> str | None:
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

    async def _try(self, path: str, *, of_model: bool = True) -> httpx.Response | None:
        params = {"model": self._wanted or "", "autoload": "false"} if self._per_model and of_model else None
        try:
            response = await self._client.get(path, params=params)
        except httpx.HTTPError:
            return None
        if response.status_code in (404, 501) and not self._per_model:
            self.switched_off.add(path)
        return response if response.status_code == 200 else None

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        if self._per_model:
            body = {"model": self._wanted, **body}
        try:
            response = await self._client.post(path, json=body, timeout=LONG)
            reply = response.json() if response.status_code == 200 else {}
        except (httpx.HTTPError, ValueError, RecursionError):
            return {}
        return cast(dict[str, Any], reply) if isinstance(reply, dict) else {}


def _is_loading(answer: httpx.Response) -> bool:
    return answer.status_code == 503 and "loading" in answer.text[:2000].lower()


def _named(facts: ServerFacts, wanted: str) -> str | None:
    """The name, where it is the alias, the file or the path of the one model a llama-server serves."""
    names = (facts.model, facts.model_path)
    ends = {end for name in names if name for end in (name, name.rpartition("/")[2])}
    plain = {end.lower().removesuffix(".gguf") for end in ends}
    return wanted if wanted.lower().rpartition("/")[2].removesuffix(".gguf") in plain else None


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
