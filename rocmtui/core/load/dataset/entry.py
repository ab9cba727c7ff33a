"""One line of a data set, read: nothing in it is dropped in silence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

import msgspec

from rocmtui.core.load.conversation import Turn
from rocmtui.core.load.dataset.sharegpt import turns_of
from rocmtui.core.load.scenario import Endpoint, Message
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import UsageError

_SENT = """
tools tool_choice parallel_tool_calls response_format stop top_p top_k min_p temperature seed grammar
json_schema chat_template_kwargs reasoning_effort presence_penalty frequency_penalty repeat_penalty logit_bias
"""
SENT = frozenset(_SENT.split())
"""Fields of a request that are sent as they are."""
LENGTHS = ("max_tokens", "max_completion_tokens", "n_predict", "output_length")
_OF_A_LINE = frozenset(
    ("prompt", "messages", "conversations", "session_id", "turn", "id", "timestamp", "delay", *LENGTHS)
)
_OF_A_MESSAGE = frozenset(Message.__struct_fields__)
_SOURCES = ("prompt", "messages", "conversations")
_ALSO_CALLED = {"text": "prompt", "conversation": "conversations"}
"""Other names of these, where none of them is there."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a line asks for: one request, or the turns of a whole conversation."""

    messages: tuple[Message, ...] = ()
    """A prompt is a user's message."""
    is_prompt: bool = False
    """Whether it was a bare text."""
    turns: tuple[Turn, ...] = ()
    """Of a conversation in one line."""
    max_tokens: int | None = None
    extras: dict[str, Any] = {}
    session: str | None = None
    """The conversation it belongs to."""
    timestamp_ms: float | None = None
    delay_ms: float | None = None
    """From the end of the turn before."""
    left_out: tuple[str, ...] = ()
    """Names of what was not understood and may be left out."""


class _Line(msgspec.Struct):
    prompt: str | None = None
    messages: tuple[Message, ...] | None = None
    conversations: list[dict[str, Any]] | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n_predict: int | None = None
    output_length: int | None = None
    session_id: str | int | None = None
    timestamp: float | None = None
    delay: float | None = None


def read_entry(line: bytes, where: str, endpoint: Endpoint, *, lenient: bool = False) -> Entry:
    """One line of a data set. Raises UsageError that begins with `where`.

    `lenient`: what is not understood is named in the entry instead of refused.
    """
    try:
        said = _by_our_names(msgspec.json.decode(line))
        entry = msgspec.convert(said, _Line)
    except msgspec.ValidationError as error:
        _refuse(f"{where}: {clean_line(str(error))}")
    except UNREADABLE as error:
        _refuse(f"{where} is not JSON: {clean_line(str(error))}")
    sources = [source for source in (entry.prompt, entry.messages, entry.conversations) if source is not None]
    if len(sources) != 1:
        holds = ", ".join(clean_line(name, 40) for name in list(said)[:5])
        _refuse(f"{where} needs either a prompt or messages" + (f", it holds {holds}" if holds else ""))
    left_out = tuple(_unknown(said, entry))
    if left_out and not lenient:
        names = ", ".join(clean_line(name, 40) for name in left_out[:5])
        raise UsageError(f"{where}: {names} is not understood", "--lenient sends the line without it")
    if not sources[0]:
        _refuse(f"{where}: {'the prompt is empty' if entry.prompt is not None else 'there are no messages'}")
    if entry.prompt is None and endpoint != "chat":
        raise UsageError(f"{where} holds messages, which only the chat endpoint takes", "use --endpoint chat")
    return Entry(
        messages=entry.messages or ((Message("user", entry.prompt),) if entry.prompt else ()),
        is_prompt=entry.prompt is not None,
        turns=() if entry.conversations is None else turns_of(entry.conversations, where),
        max_tokens=_length(entry, where),
        extras={name: value for name, value in said.items() if name in SENT and value is not None},
        session=None if entry.session_id is None else str(entry.session_id),
        timestamp_ms=entry.timestamp,
        delay_ms=entry.delay,
        left_out=left_out,
    )


def _by_our_names(said: Any) -> Any:
    """The line with its prompt or conversation where we look for it; a bare list is one of messages."""
    if isinstance(said, list):
        return {"messages": said}
    if isinstance(said, dict) and not any(said.get(name) is not None for name in _SOURCES):
        for other, name in _ALSO_CALLED.items():
            if other in said:
                return {name if key == other else key: value for key, value in said.items()}
    return said


def _unknown(said: dict[str, Any], entry: _Line) -> Iterable[str]:
    """Names of what nobody reads, where anything is said."""
    for name, value in said.items():
        if name not in _OF_A_LINE and name not in SENT and value is not None:
            yield name
    known = _OF_A_MESSAGE if entry.messages else _OF_A_MESSAGE | {"from", "value"}
    for message in entry.conversations or said.get("messages") or ():
        for name, value in message.items():
            if name not in known and value is not None:
                yield f"{name} in a message"
    for content in (message.content for message in entry.messages or ()):
        if isinstance(content, tuple) and not all("type" in part for part in content):
            yield "a part of content without a type"


def _length(entry: _Line, where: str) -> int | None:
    asked = {value for name in LENGTHS if (value := getattr(entry, name)) is not None}
    if len(asked) > 1 or any(value < 1 for value in asked):
        raise UsageError(
            f"{where}: {' and '.join(map(str, sorted(asked)))} is no length of a reply", "one, of 1 or more"
        )
    return asked.pop() if asked else None


def _refuse(what: str) -> NoReturn:
    raise UsageError(
        what,
        'a line is {"prompt": "..."}, {"messages": [{"role": "user", "content": "..."}]} or '
        '{"conversations": [{"from": "human", "value": "..."}]}',
    )
