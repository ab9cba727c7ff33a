"""Events of odd shapes, field by field: what servers and proxies were seen to send besides the usual."""

from __future__ import annotations

import json
import re

import msgspec

from rocmtui.core.text.late_regex import LateRegex
from rocmtui.core.text.untrusted_json import UNREADABLE, json_in

MOST_TOKENS = 2**53
"""A count beyond is no count."""

_ABOUT = frozenset(
    (
        *("role", "type", "id", "index", "format", "object", "model", "created", "logprobs", "usage"),
        *("finish_reason", "stop_reason", "status", "annotations", "tool_call_id", "signature"),
        "obfuscation",
    )
)
"""Fields of a delta, or of a part of one, that are no part of what the model says."""
_FAILED = LateRegex(r"error|fail|exception|abort", re.I)
"""In the kind of an event that says that something went wrong."""
_TELLS = LateRegex(r"^err(?:or)?s?(?:_|$)|^error|exception|^fault$|^detail$", re.I)
"""In the names of fields that tell of an error, whatever is in them."""
_SPOKEN = LateRegex(r"reason|think|thought|tool|function|content|text|refusal|audio|analysis|argument", re.I)


def speaks(said: bytes) -> bool:
    """Whether a JSON array or object holds any text."""
    try:
        return _speaks(msgspec.json.decode(said))
    except UNREADABLE:  # half of a character
        return True


def _speaks(value: object) -> bool:
    if isinstance(value, dict):
        return any(_speaks(item) for name, item in value.items() if name not in _ABOUT)
    return any(map(_speaks, value)) if isinstance(value, list) else isinstance(value, str) and value != ""


def other_text(payload: bytes) -> bool:
    """Whether a delta holds text in a field of another name than the usual: `thinking`, `function_call` ...

    Where the delta also names the role, which begins a reply, the name must sound like speech.
    """
    event = json_in(payload)
    for choice in event["choices"] if event else ():
        delta = choice.get("delta") if isinstance(choice, dict) else None
        if isinstance(delta, dict):
            named = {name: said for name, said in delta.items() if name not in _ABOUT and _speaks(said)}
            if any(_SPOKEN.search(name) or "role" not in delta for name in named):
                return True
    return False


def error_in(payload: bytes) -> bytes | None:
    """The event itself where it is an error object: `{"object": "error", ...}`, `{"detail": ...}` ..."""
    value = json_in(payload)
    if not isinstance(value, dict) or "content" in value:
        return None
    kinds = (value.get(name) for name in ("object", "type", "status", "event"))
    is_error = any(isinstance(kind, str) and _FAILED.search(kind) for kind in kinds)
    has_words = any(isinstance(value.get(name), str) and value[name] for name in ("message", "msg"))
    told = any(_is_something(said) for name, said in value.items() if _TELLS.search(name))
    return payload if is_error or has_words or told else None


def tells_error(said: bytes) -> bool:
    """Whether a field named `error` says that something went wrong: no `null`, `0`, or object of those."""
    try:
        value = msgspec.json.decode(said)
    except UNREADABLE:
        return True
    return _is_something(value)


def _is_something(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_is_something, value.values()))
    return value not in (None, "", 0, False, [], "null", "none")


def whole(value: object) -> int | None:
    """A count: a whole number, also in the guise of a float or a text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.strip().isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < MOST_TOKENS:
        return None
    return int(value) if value == int(value) else None


def mended(payload: bytes) -> bytes:
    """An event that msgspec will not take, without the fields of odd types; NaN and Infinity are null.

    Raises msgspec.DecodeError for what is no JSON object at all.
    """
    try:
        value = json.loads(payload.decode(), parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from None
    if not isinstance(value, dict) or not isinstance(value.get("choices"), list | dict | None):
        raise msgspec.DecodeError("JSON of another shape")
    kept = {name: said for name, said in value.items() if _fits(name, said)}
    if isinstance(kept.get("choices"), list):
        kept["choices"] = [_mended_choice(c) for c in kept["choices"] if isinstance(c, dict)]
    return msgspec.json.encode(kept)


_TYPES: dict[str, type | tuple[type, ...]] = {"choices": list, "stop": bool, "stop_type": str, "id_slot": int}
"""What the fields must be that are not taken as they come."""


def _fits(name: str, said: object) -> bool:
    return (said is None and name != "stop") or name not in _TYPES or isinstance(said, _TYPES[name])


def _mended_choice(choice: dict[str, object]) -> dict[str, object]:
    reason, delta = choice.get("finish_reason"), choice.get("delta")
    mended_reason = reason if isinstance(reason, str | dict) or reason is None else str(reason)
    return {**choice, "finish_reason": mended_reason, "delta": delta if isinstance(delta, dict) else None}
