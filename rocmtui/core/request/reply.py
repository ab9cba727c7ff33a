"""What one event of a streamed reply says, for all three endpoints and any OpenAI-compatible server.

The text itself is never decoded: whether there is any is all the instrument needs, and a character cut in two
between events would be no valid text. Events of the usual shape are read by one pass of msgspec; what does
not fit is looked at again, field by field (`odd_reply`).
"""

from __future__ import annotations

import re

import msgspec

from rocmtui.core.request.odd_reply import error_in, mended, other_text, speaks, tells_error, whole
from rocmtui.core.request.record import ServerTimings
from rocmtui.core.text.late_regex import LateRegex
from rocmtui.core.text.untrusted_json import UNREADABLE

DONE = b"[DONE]"
LONGEST_MS = 1e10
"""Four months: a time beyond is no time."""

_NOTHING = msgspec.Raw(b"")
_EMPTY = frozenset((b"", b"null", b'""', b"[]", b"{}", b"false"))
_NO_REASONS = frozenset(("", "null", "none"))
_BAD_END = LateRegex(r"error|abort|fail|exception|crash|cancel|time_?d?.?out|insufficient|overload", re.I)
"""Reasons to finish by which servers say that they failed."""


class _Delta(msgspec.Struct, gc=False):
    content: msgspec.Raw = _NOTHING
    reasoning_content: msgspec.Raw = _NOTHING
    reasoning: msgspec.Raw = _NOTHING
    """Where some servers put what llama-server calls reasoning_content."""
    tool_calls: msgspec.Raw = _NOTHING
    error: msgspec.Raw = _NOTHING


class _Choice(msgspec.Struct, gc=False):
    delta: _Delta | None = None
    text: msgspec.Raw = _NOTHING
    finish_reason: str | dict[str, object] | None = None
    index: msgspec.Raw = _NOTHING
    error: msgspec.Raw = _NOTHING
    usage: msgspec.Raw = _NOTHING


class _Payload(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    content: msgspec.Raw = _NOTHING
    stop: bool = False
    stop_type: str | None = None
    tokens_predicted: msgspec.Raw = _NOTHING
    tokens_evaluated: msgspec.Raw = _NOTHING
    id_slot: int | None = None
    id: msgspec.Raw = _NOTHING
    usage: msgspec.Raw = _NOTHING
    timings: msgspec.Raw = _NOTHING
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
    """The JSON of what the server says went wrong (untrusted)."""
    is_plain: bool = False
    """Says nothing besides `has_content`: nearly all events."""
    odd: bool = False
    """A count or a time in it was no such thing and is left out."""
    doubtful: bool = False
    """Reasoning that no model signed: a proxy may be telling that it loads one."""


_PLAIN = ReplyEvent(has_content=True, is_plain=True)
_VOID = ReplyEvent(is_plain=True)
_DOUBTFUL = ReplyEvent(has_content=True, doubtful=True)
_DONE = ReplyEvent(ends=True)
_decode = msgspec.json.Decoder(_Payload).decode


def read_event(payload: bytes) -> ReplyEvent:
    """Read one `data:` payload. Raises one of UNREADABLE for what is no JSON object of a reply."""
    if payload == DONE:
        return _DONE
    try:
        event = _decode(payload)
    except UNREADABLE:
        bare = payload.strip()
        if bare == DONE:
            return _DONE
        if bare in _EMPTY:
            return _VOID
        event = _decode(mended(payload))
    return _read(event, payload)


def _read(event: _Payload, payload: bytes) -> ReplyEvent:
    choices = event.choices
    has_content, reason = _said(event)
    error = _first_error(event, reason) if reason or b'"error"' in payload else None
    if not has_content and error is None:
        if choices:
            has_content = other_text(payload)
        elif not (event.stop or event.usage or event.timings):
            error = error_in(payload)
    if not (event.stop or event.usage or event.timings or error or reason):
        if has_content and choices and _is_unsigned(event, choices):
            return _DOUBTFUL
        return _PLAIN if has_content else _VOID
    nested = (choice.usage for choice in choices or () if choice.usage)
    usage, said_usage = _object(event.usage or next(nested, _NOTHING))
    told, said_timings = _object(event.timings)
    timings = _timings(told)
    details = usage.get("prompt_tokens_details")
    cached = whole(details.get("cached_tokens")) if isinstance(details, dict) else None
    prompt, prompt_odd = _count(usage, "prompt_tokens")
    output, output_odd = _count(usage, "completion_tokens")
    in_prompt, predicted = None, None
    if timings is not None:
        in_prompt, predicted = timings.prompt_n + timings.cache_n, timings.predicted_n
    return ReplyEvent(
        has_content=has_content,
        ends=event.stop,
        finish_reason=reason or ("stop" if event.stop else None),
        timings=timings,
        prompt_tokens=_first(prompt, _whole_of(event.tokens_evaluated), in_prompt),
        cached_tokens=timings.cache_n if timings else cached,
        output_tokens=_first(output, _whole_of(event.tokens_predicted), predicted),
        slot=event.id_slot if event.id_slot is not None and event.id_slot >= 0 else None,
        error=error,
        odd=(said_timings and timings is None) or (said_usage and (not usage or prompt_odd or output_odd)),
    )


def _said(event: _Payload) -> tuple[bool, str | None]:
    """Whether it has content, and the reason to finish."""
    if not event.choices:
        return _has_text(event.content), _reason(event.stop_type)
    has_content, reason = False, None
    for choice in event.choices:
        has_content = has_content or _choice_has_content(choice)
        if choice.finish_reason:
            reason = _reason(choice.finish_reason) or reason
    return has_content, reason


def _reason(said: str | dict[str, object] | None) -> str | None:
    word = said.get("type", "other") if isinstance(said, dict) else said
    return word if isinstance(word, str) and word.lower() not in _NO_REASONS else None


def _choice_has_content(choice: _Choice) -> bool:
    delta = choice.delta
    if delta is None:
        return _has_text(choice.text)
    return (
        _has_text(delta.content)
        or _has_text(delta.reasoning_content)
        or _has_text(delta.reasoning)
        or _has_text(delta.tool_calls)
    )


def _has_text(raw: msgspec.Raw) -> bool:
    said = bytes(raw)
    return said not in _EMPTY and (said[0] not in b"[{" or speaks(said))


def _is_unsigned(event: _Payload, choices: list[_Choice]) -> bool:
    """Reasoning without an id and an index, as proxies stream it while they load a model."""
    if event.id or any(choice.index for choice in choices):
        return False
    deltas = [choice.delta for choice in choices]
    return not any(d is None or _has_text(d.content) or _has_text(d.tool_calls) for d in deltas)


def _first_error(event: _Payload, reason: str | None) -> bytes | None:
    """What it says went wrong: in a field `error`, wherever it stands, or as the reason to finish."""
    if event.error and tells_error(bytes(event.error)):
        return bytes(event.error)
    for choice in event.choices or ():
        for said in (choice.error, choice.delta.error if choice.delta else _NOTHING):
            if said and tells_error(bytes(said)):
                return bytes(said)
    if reason is None or not _BAD_END.search(reason):
        return None
    detailed = (choice.finish_reason for choice in event.choices or ())
    words = f"the server ended its reply with the reason {reason!r}"
    return msgspec.json.encode(next((said for said in detailed if isinstance(said, dict)), words))


def _object(raw: msgspec.Raw) -> tuple[dict[str, object], bool]:
    """A JSON object that may be missing or something else; and whether anything was said at all."""
    said = bytes(raw)
    if said in _EMPTY:
        return {}, False
    try:
        value: object = msgspec.json.decode(said)
    except UNREADABLE:  # 1e999
        value = None
    return (value if isinstance(value, dict) else {}), True


def _count(found: dict[str, object], name: str) -> tuple[int | None, bool]:
    """A count, and whether something else stood in its place."""
    value = found.get(name)
    count = whole(value)
    return count, value is not None and count is None


def _whole_of(raw: msgspec.Raw) -> int | None:
    said = bytes(raw)
    return whole(int(said)) if said.isdigit() and len(said) < 20 else None


def _timings(found: dict[str, object]) -> ServerTimings | None:
    """None where a time is missing or a figure cannot be; old servers lack some of the counts."""
    times = {name: found.get(name) for name in ("prompt_ms", "predicted_ms")}
    names = ("prompt_n", "predicted_n", "cache_n", "draft_n", "draft_n_accepted")
    counts = {name: whole(found.get(name) or 0) for name in names}
    if not all(isinstance(ms, int | float) and 0 <= ms < LONGEST_MS for ms in times.values()):
        return None
    if any(count is None for count in counts.values()):
        return None
    return msgspec.convert({**times, **counts}, ServerTimings)


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


class WholeReply(msgspec.Struct, frozen=True):
    """One such reply, read."""

    answers: int
    """Embeddings, or documents ranked."""
    tokens: int | None = None
    """Of all inputs, as the server counted; None where it does not say."""


class _WholeUsage(msgspec.Struct, frozen=True):
    prompt_tokens: int | None = None
    total_tokens: int | None = None


class _WholeReply(msgspec.Struct, frozen=True):
    data: list[msgspec.Raw] | None = None
    results: list[msgspec.Raw] | None = None
    usage: _WholeUsage | None = None


def read_whole(body: bytes) -> WholeReply | None:
    """The reply; None where it is no such thing."""
    try:
        reply = msgspec.json.decode(body, type=_WholeReply)
    except UNREADABLE:
        return None
    answers = reply.data if reply.data is not None else reply.results
    if answers is None:
        return None
    usage = reply.usage or _WholeUsage()
    return WholeReply(len(answers), usage.prompt_tokens or usage.total_tokens)
