"""Asks a server for short answers with their probabilities: how a look and `verify` speak to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rocmtui.adapters.wire.api_client import api_client
from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.core.answers.reading import Answer, read_choices, read_completion
from rocmtui.core.answers.reference import Way
from rocmtui.core.server.models import read_models
from rocmtui.core.text.untrusted_json import UNREADABLE

PATIENCE = httpx.Timeout(60.0, connect=2.0)
"""A long prompt on a slow machine is read before its answer comes."""
MOST_TOP = 5
"""What OpenAI's older completions allow; chat allows 20."""
PATHS: dict[Way, str] = {"tokens": "/completion", "text": "/v1/completions", "chat": "/v1/chat/completions"}


class HttpAsker:
    """Implements `core.answers.ports.Asker` over HTTP."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        model: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._model = model
        self._client = api_client(url, api_key, PATIENCE, transport)

    async def way(self) -> Way | None:
        """The first path that answers one token."""
        for way in PATHS:
            if await self.ask("Hello", 1, way=way, top=1, slot=0) is not None:
                return way
        return None

    async def ask(
        self,
        prompt: str | Sequence[int],
        tokens: int,
        *,
        way: Way,
        top: int = 20,
        reuse: bool = False,
        slot: int | None = None,
    ) -> Answer | None:
        """One question; a server that refuses it, or is gone, gave no answer."""
        body = _body(prompt, tokens, way, top)
        if way == "tokens":
            body |= {"cache_prompt": reuse} | ({} if slot is None else {"id_slot": slot})
        if self._model is not None:
            body["model"] = self._model
        data = await self._post(PATHS[way], body)
        if data is None:
            return None
        return read_completion(data) if way == "tokens" else read_choices(data)

    async def tokenize(self, text: str) -> tuple[int, ...] | None:
        """Asks /tokenize."""
        data = await self._post("/tokenize", {"content": text, "add_special": True})
        try:
            return None if data is None else msgspec.json.decode(data, type=_Tokens).tokens
        except UNREADABLE:
            return None

    async def parameters(self) -> int | None:
        """What /v1/models says of the model's size."""
        try:
            response = await self._client.get("/v1/models")
        except httpx.HTTPError:
            return None
        listed = read_models(response.content)
        return listed[0].sizes.n_params if listed else None

    async def close(self) -> None:
        """Give up the connections."""
        await self._client.aclose()

    async def _post(self, path: str, body: Mapping[str, Any]) -> bytes | None:
        """The whole answer; None for a refusal, and for a stream, which may never end."""
        try:
            async with self._client.stream("POST", path, json=body) as response:
                kind = response.headers.get("content-type", "")
                if response.status_code != 200 or kind.startswith("text/event-stream"):
                    return None
                return await response.aread()
        except httpx.HTTPError:
            return None


def _body(prompt: str | Sequence[int], tokens: int, way: Way, top: int) -> dict[str, Any]:
    said = prompt if isinstance(prompt, str) else list(prompt)
    if way == "tokens":
        return {"prompt": said, "n_predict": tokens, "temperature": 0, "n_probs": top, "return_tokens": True}
    if way == "text":
        return {"prompt": said, "max_tokens": tokens, "temperature": 0, "logprobs": min(top, MOST_TOP)}
    return {
        "messages": [{"role": "user", "content": f"Go on with this text, with nothing before it: {said}"}],
        "max_tokens": tokens,
        "temperature": 0,
        "logprobs": True,
        "top_logprobs": min(top, MOST_TOP),
    }


class _Tokens(msgspec.Struct, frozen=True):
    tokens: tuple[int, ...] | None = None
