"""Requests whose reply comes whole: their bodies, and the reply into its trace."""

from __future__ import annotations

import time
from typing import Any

from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.core.load.scenario import Prompt, Scenario, Target
from rocmtui.core.request.errors.typed import bad_reply
from rocmtui.core.request.reply import ReplyEvent, read_whole
from rocmtui.core.request.trace import RequestTrace

MOST_BYTES = 256 << 20
"""A thousand embeddings of 8,192 numbers each."""


def whole_body(prompt: Prompt, scenario: Scenario, target: Target) -> dict[str, Any]:
    """The JSON of one request."""
    body: dict[str, Any] = {} if target.model is None else {"model": target.model}
    if scenario.endpoint == "rerank":
        return body | {"query": prompt.text, "documents": prompt.inputs} | prompt.extras
    return body | {"input": prompt.inputs, "encoding_format": "float"} | prompt.extras


async def read_into(trace: RequestTrace, response: httpx.Response) -> None:
    """Read the reply to its end; stamped when its last piece was read."""
    pieces: list[bytes] = []
    size = 0
    async for data in response.aiter_bytes():
        pieces.append(data)
        size += len(data)
        if size > MOST_BYTES:
            break
    at_ns = time.monotonic_ns()
    reply = read_whole(b"".join(pieces)) if size <= MOST_BYTES else None
    if reply is None:
        trace.fail(bad_reply(response.headers.get("content-type", ""), b"".join(pieces)[:1000]))
        return
    trace.done_ns = at_ns
    trace.inputs = reply.answers
    trace.facts(ReplyEvent(ends=True, finish_reason="stop", prompt_tokens=reply.tokens))
