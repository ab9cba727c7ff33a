"""Weka's traces of coding agents (AgentX): a conversation an object, sub-agents nested in it."""

from __future__ import annotations

import msgspec

from rocmtui.core.load.traces.session import SeenBlocks, TraceRequest, TraceSession, TraceTurn
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import UsageError


class _Request(msgspec.Struct):
    """A request (`n`, `s`), or a sub-agent with its own."""

    type: str
    t: float
    """Seconds from the start of the conversation, or of the sub-agent."""
    prompt_tokens: int = msgspec.field(name="in", default=0)
    output_tokens: int = msgspec.field(name="out", default=0)
    hash_ids: tuple[int, ...] = ()
    api_time: float | None = None
    """Seconds the server took."""
    think_time: float | None = None
    """Seconds the client waited before it."""
    requests: tuple[_Request, ...] = ()


class _Conversation(msgspec.Struct):
    requests: tuple[_Request, ...]
    id: str = ""
    block_size: int = 64


_decode = msgspec.json.Decoder(_Conversation, strict=False).decode


def looks_like_weka(start: bytes) -> bool:
    """Whether a file or a line that begins so holds such conversations."""
    return b'"requests"' in start and b'"block_size"' in start


def read_weka(data: bytes, where: str) -> tuple[TraceSession, int]:
    """One conversation with its sub-agents, and the tokens of a block. Raises UsageError."""
    try:
        said = _decode(data)
    except UNREADABLE as error:
        raise UsageError(
            f"{where}: {clean_line(str(error))}", "it must be a conversation of Weka's"
        ) from error
    name = said.id or where
    session = _session(said.requests, name, name, SeenBlocks(), max(said.block_size, 1))
    if session is None:
        raise UsageError(f"{where}: the conversation has no request", "leave it out")
    return session, max(said.block_size, 1)


def _session(
    requests: tuple[_Request, ...], key: str, scope: str, seen: SeenBlocks, block_tokens: int
) -> TraceSession | None:
    """The turns of a conversation; sub-agents begin with the end of the turn before them.

    Those before the first turn begin after it: nobody else could have asked for them.
    """
    turns: list[TraceTurn] = []
    children: list[TraceSession] = []
    before: _Request | None = None
    for number, request in enumerate(requests):
        if request.type == "subagent":
            child = _session(request.requests, f"{key}/{number}", scope, seen, block_tokens)
            children += [child] if child is not None else []
            continue
        if request.prompt_tokens < 1 or request.output_tokens < 1:
            continue
        if turns and children:
            turns[-1] = msgspec.structs.replace(turns[-1], children=tuple(children))
            children = []
        known = min(seen.take(request.hash_ids) * block_tokens, request.prompt_tokens)
        turns.append(TraceTurn(request=_request(request, before), reusable_tokens=known))
        before = request
    if children and turns:
        turns[-1] = msgspec.structs.replace(turns[-1], children=(*turns[-1].children, *children))
    elif children:
        return children[0]
    return TraceSession(key=key, scope=scope, turns=tuple(turns)) if turns else None


def _request(said: _Request, before: _Request | None) -> TraceRequest:
    think_s = said.think_time
    if think_s is None:
        began_s = 0.0 if before is None else before.t + (before.api_time or 0.0)
        think_s = said.t - began_s if before is not None else 0.0
    return TraceRequest(
        prompt_tokens=said.prompt_tokens,
        output_tokens=said.output_tokens,
        think_s=max(think_s, 0.0),
        blocks=said.hash_ids,
    )
