"""What a model said, put together from the events of its reply: for those who answer it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from rocmtui.core.request.sse import SseDecoder
from rocmtui.core.text.untrusted_json import json_in


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A whole reply (untrusted)."""

    text: str = ""
    reasoned: bool = False
    """Whether reasoning came besides."""
    tool_calls: tuple[dict[str, Any], ...] = ()
    """As a request repeats them: `{"id", "type": "function", "function": {"name", "arguments"}}`."""


class CallTally(msgspec.Struct, frozen=True):
    """The calls of tools in one reply."""

    calls: int
    parsed: int
    """Those of a tool that was offered, with arguments that are a JSON object."""


def calls_of(reply: Reply, tools: object) -> CallTally:
    """How many calls a reply makes of the `tools` of its request, and how many of them can be carried out."""
    names = {
        tool["function"].get("name")
        for tool in (tools if isinstance(tools, list | tuple) else ())
        if isinstance(tool, dict) and isinstance(tool.get("function"), dict)
    }
    return CallTally(len(reply.tool_calls), sum(_parses(call, names) for call in reply.tool_calls))


def _parses(call: dict[str, Any], names: set[object]) -> bool:
    function = call["function"]
    return function["name"] in names and isinstance(json_in(function["arguments"] or "{}"), dict)


class KeepingDecoder(SseDecoder):
    """A decoder that keeps every payload."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """Payloads of the events that `data` completes."""
        payloads = super().feed(data)
        self.kept += payloads
        return payloads


def put_together(payloads: Iterable[bytes]) -> Reply:
    """The reply of these events; what cannot be read is passed over, the reader has told of it."""
    texts: list[str] = []
    reasoned = False
    calls: dict[int, dict[str, Any]] = {}
    for payload in payloads:
        for delta in _deltas(payload):
            content = delta.get("content")
            if isinstance(content, str):
                texts.append(content)
            reasoned = reasoned or bool(delta.get("reasoning_content") or delta.get("reasoning"))
            _take_calls(calls, delta.get("tool_calls"))
    in_order = tuple(calls[index] for index in sorted(calls))
    return Reply(text="".join(texts), reasoned=reasoned, tool_calls=in_order)


def _deltas(payload: bytes) -> Iterable[dict[str, Any]]:
    """What an event adds to the reply."""
    event = json_in(payload)
    if not isinstance(event, dict):
        return
    choices = event.get("choices")
    if not isinstance(choices, list):
        yield event
        return
    for choice in choices:
        if isinstance(choice, dict):
            delta = choice.get("delta")
            yield delta if isinstance(delta, dict) else {"content": choice.get("text")}


def _take_calls(calls: dict[int, dict[str, Any]], pieces: object) -> None:
    """Join pieces of calls; a piece without an index goes to the first call."""
    for piece in pieces if isinstance(pieces, list) else ():
        if not isinstance(piece, dict):
            continue
        index = piece.get("index")
        call = calls.setdefault(
            index if isinstance(index, int) else 0,
            {"id": "", "type": "function", "function": {"name": "", "arguments": ""}},
        )
        call["id"] = call["id"] or str(piece.get("id") or "")
        function = piece.get("function")
        if isinstance(function, dict):
            for name in ("name", "arguments"):
                call["function"][name] += str(function.get(name) or "")
