"""Conversations as ShareGPT writes them, one message after the other: `{"from": "human", "value": ...}`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from rocmtui.core.load.conversation import Turn
from rocmtui.core.load.scenario import Message
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.untrusted_json import json_in
from rocmtui.errors import UsageError

_CALLS = ("function_call", "tool_call")
"""A model that calls a tool: `{"name": ..., "arguments": {...}}`, or a list of them."""
_ROLES = {
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("gpt", "assistant", "chatgpt", "bing", "bard", "model", *_CALLS), "assistant"),
    **dict.fromkeys(("observation", "function_response", "tool"), "tool"),
    "system": "system",
}


def turns_of(said: Sequence[dict[str, Any]], where: str) -> tuple[Turn, ...]:
    """The turns of what was said. Raises UsageError that begins with `where`.

    A model that speaks first answers nothing: that is left out, as are system messages after the last reply.
    The result of a tool makes sense only after the recorded call.
    """
    turns: list[Turn] = []
    asked: list[Message] = []
    for message in (_message(each, number, where) for number, each in enumerate(said)):
        if message.role != "assistant":
            asked.append(message)
        elif asked:
            turns = [*_waiting_for(turns, asked), Turn(messages=tuple(asked), reply=(message,))]
            asked = []
        elif turns:
            turns[-1] = msgspec.structs.replace(turns[-1], reply=(*turns[-1].reply, message))
    if asked and asked[-1].role in ("user", "tool"):
        turns = [*_waiting_for(turns, asked), Turn(messages=tuple(asked))]
    if not turns:
        raise UsageError(f"{where}: nobody asks anything in this conversation", "it needs a human's words")
    return tuple(turns)


def _waiting_for(turns: list[Turn], asked: Sequence[Message]) -> list[Turn]:
    """The turns so far, of which the last needs its reply as it was recorded where a tool answers it."""
    if not turns or asked[0].role != "tool":
        return turns
    return [*turns[:-1], msgspec.structs.replace(turns[-1], needs_reply=True)]


def _message(said: dict[str, Any], number: int, where: str) -> Message:
    who, text = said.get("from", said.get("role")), said.get("value", said.get("content"))
    role = _ROLES.get(who) if isinstance(who, str) else None
    calls = _call(text, number) if who in _CALLS else said.get("tool_calls")
    try:
        if role is not None and (isinstance(text, str) or calls):
            return msgspec.convert(
                {
                    **{name: said.get(name) for name in ("name", "reasoning_content")},
                    "role": role,
                    "content": None if who in _CALLS else text,
                    "tool_calls": calls,
                    "tool_call_id": said.get("tool_call_id", f"call{number - 1}" if role == "tool" else None),
                },
                Message,
            )
    except msgspec.ValidationError:
        role = None
    raise UsageError(
        f"{where}: {clean_line(str(said), 60)} is nothing said",
        'write {"from": "human", "value": "..."}; a human, gpt, system, function_call or observation',
    )


def _call(text: object, number: int) -> list[dict[str, Any]] | None:
    """What a model calls, as a request repeats it; None where it cannot be read."""
    said: Any = json_in(text) if isinstance(text, str) else None
    calls = said if isinstance(said, list) else [said]
    if not calls or not all(isinstance(call, dict) and isinstance(call.get("name"), str) for call in calls):
        return None
    return [
        {
            "id": f"call{number}",
            "type": "function",
            "function": {"name": call["name"], "arguments": _arguments(call.get("arguments"))},
        }
        for call in calls
    ]


def _arguments(said: object) -> str:
    return said if isinstance(said, str) else msgspec.json.encode(said or {}).decode()
