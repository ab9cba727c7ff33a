"""What one event of a streamed reply says, for all three endpoints and any OpenAI-compatible server.

The text itself is never decoded: whether there is any is all the instrument needs, and a character cut in two
between events would be no valid text.
"""

from __future__ import annotations

import msgspec

from rocmtui.core.request.record import ServerTimings

DONE = b"[DONE]"

MOST_TOKENS = 2**53
"""A count beyond is no count."""

_NOTHING = msgspec.Raw(b"")
_EMPTY = frozenset((b"", b"null", b'""', b"[]", b"{}"))


class _Delta(msgspec.Struct, gc=False):
    content: msgspec.Raw = _NOTHING
    reasoning_content: msgspec.Raw = _NOTHING
    reasoning: msgspec.Raw = _NOTHING
    """Where some servers put what llama-server calls reasoning_content."""
    tool_calls: msgspec.Raw = _NOTHING


class _Choice(msgspec.Struct, gc=False):
    delta: _Delta | None = None
    text: msgspec.Raw = _NOTHING
    finish_reason: str | None = None


class _PromptDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None


class _Timings(msgspec.Struct):
    """Field by field optional: old servers lack some, and numbers may come as floats."""

    prompt_n: float | None = None
    prompt_ms: float | None = None
    predicted_n: float | None = None
    predicted_ms: float | None = None
    cache_n: float | None = None
    draft_n: float | None = None
    draft_n_accepted: float | None = None


class _Payload(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    content: msgspec.Raw = _NOTHING
    stop: bool = False
    stop_type: str | None = None
    tokens_predicted: int | None = None
    tokens_evaluated: int | None = None
    id_slot: int | None = None
    usage: _Usage | None = None
    timings: _Timings | None = None
    error: msgspec.Raw = _NOTHING


class ReplyEvent(msgspec.Struct, frozen=True):
    """One event, read."""

    has_content: bool = False
    """Carries text, reasoning or a tool call; role, progress and empty events do not."""
    ends: bool = False
    """The closing event: `[DONE]`, or llama-server's `"stop": true`."""
    finish_reason: str | None = None
    timings: ServerTimings | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    slot: int | None = None
    error: bytes | None = None
    """The JSON of the server's `error` (untrusted)."""
    is_plain: bool = False
    """Says nothing besides `has_content`: nearly all events."""


_PLAIN = ReplyEvent(has_content=True, is_plain=True)
_VOID = ReplyEvent(is_plain=True)
_DONE = ReplyEvent(ends=True)
_decode = msgspec.json.Decoder(_Payload).decode


def read_event(payload: bytes) -> ReplyEvent:
    """Read one `data:` payload. Raises msgspec.DecodeError for what is no JSON object of these shapes."""
    if payload == DONE:
        return _DONE
    event = _decode(payload)
    has_content, finish_reason = _said(event)
    if not (event.stop or event.usage or event.timings or event.error or finish_reason):
        return _PLAIN if has_content else _VOID
    timings = _timings(event.timings)
    usage = event.usage or _Usage()
    details = usage.prompt_tokens_details or _PromptDetails()
    in_prompt = None if timings is None else timings.prompt_n + timings.cache_n
    return ReplyEvent(
        has_content=has_content,
        ends=event.stop,
        finish_reason=finish_reason,
        timings=timings,
        prompt_tokens=_first(usage.prompt_tokens, event.tokens_evaluated, in_prompt),
        cached_tokens=timings.cache_n if timings else _first(details.cached_tokens),
        output_tokens=_first(
            usage.completion_tokens, event.tokens_predicted, timings.predicted_n if timings else None
        ),
        slot=event.id_slot if event.id_slot is not None and event.id_slot >= 0 else None,
        error=None if bytes(event.error) in _EMPTY else bytes(event.error),
    )


def _said(event: _Payload) -> tuple[bool, str | None]:
    """Whether it has content, and the reason to finish."""
    if not event.choices:
        return bytes(event.content) not in _EMPTY, event.stop_type if event.stop_type != "none" else None
    has_content, finish_reason = False, None
    for choice in event.choices:
        has_content = has_content or _choice_has_content(choice)
        finish_reason = choice.finish_reason or finish_reason
    return has_content, finish_reason


def _choice_has_content(choice: _Choice) -> bool:
    delta = choice.delta
    if delta is None:
        return bytes(choice.text) not in _EMPTY
    return (
        bytes(delta.content) not in _EMPTY
        or bytes(delta.reasoning_content) not in _EMPTY
        or bytes(delta.reasoning) not in _EMPTY
        or bytes(delta.tool_calls) not in _EMPTY
    )


def _timings(found: _Timings | None) -> ServerTimings | None:
    if found is None or found.prompt_ms is None or found.predicted_ms is None:
        return None
    counts = (found.prompt_n, found.predicted_n, found.cache_n, found.draft_n, found.draft_n_accepted)
    if not all(_can_be(count) for count in counts if count is not None):
        return None
    return ServerTimings(
        prompt_n=int(found.prompt_n or 0),
        prompt_ms=found.prompt_ms,
        predicted_n=int(found.predicted_n or 0),
        predicted_ms=found.predicted_ms,
        cache_n=int(found.cache_n or 0),
        draft_n=int(found.draft_n or 0),
        draft_n_accepted=int(found.draft_n_accepted or 0),
    )


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None and _can_be(value)), None)


def _can_be(count: float) -> bool:
    return 0 <= count < MOST_TOKENS
