"""Conversations as ShareGPT writes them: `{"from": "human", "value": ...}`, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rocmtui.core.load.conversation import Turn
from rocmtui.core.load.scenario import Message
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError

_ROLES = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "model": "assistant",
    "system": "system",
}


def turns_of(said: Sequence[dict[str, Any]], where: str) -> tuple[Turn, ...]:
    """The turns of what was said. Raises UsageError that begins with `where`.

    A model that speaks first answers nothing: that is left out, as is what follows the last reply.
    """
    turns: list[Turn] = []
    asked: list[Message] = []
    for message in (_message(each, where) for each in said):
        if message.role == "assistant":
            if asked:
                turns.append(Turn(messages=tuple(asked), reply=(message,)))
                asked = []
        else:
            asked.append(message)
    if asked and asked[-1].role == "user":
        turns.append(Turn(messages=tuple(asked)))
    if not turns:
        raise UsageError(f"{where}: nobody asks anything in this conversation", "it needs a human's words")
    return tuple(turns)


def _message(said: dict[str, Any], where: str) -> Message:
    who, text = said.get("from", said.get("role")), said.get("value", said.get("content"))
    role = _ROLES.get(who) if isinstance(who, str) else None
    if role is None or not isinstance(text, str):
        raise UsageError(
            f"{where}: {clean_line(str(said), 60)} is nothing said",
            'write {"from": "human", "value": "..."}; a human, gpt or system',
        )
    return Message(role, text)
