"""The words in the bodies of errors, in any of the shapes that servers and gateways give them."""

from __future__ import annotations

import re

import msgspec

from rocmtui.core.text.late_regex import LateRegex
from rocmtui.core.text.untrusted_json import UNREADABLE, json_in

_WORDS = (
    "message",
    "msg",
    "error_message",
    "errorMessage",
    "error_msg",
    "err_msg",
    "error",
    "detail",
    "details",
    "errors",
    "reason",
    "title",
    "exception",
    "response",
)
"""Where the words are, the best first."""
MOST_SHOWN = 3
_CONTEXT_TYPES = ("exceed_context_size_error", "context_length_exceeded")
_CONTEXT_TEXT = LateRegex(
    r"exceeds? the (?:available )?context|context size has been exceeded|maximum context|"
    r"longer than the model's context|too (?:big|large|long) compared to KV|context length exceeded|"
    r"exceeds? the model's (?:maximum )?context",
    re.I,
)
_TITLE = LateRegex(r"<(?:title|h1)[^>]*>(.*?)</(?:title|h1)>", re.I | re.S)
_TAG = LateRegex(r"<[^>]*>")


def error_text(body: bytes) -> str:
    """What it says went wrong, in one line; of a web page its title, of plain text all; empty: nothing."""
    try:
        return _one_line(_words_of(msgspec.json.decode(body)))
    except UNREADABLE:
        text = body.decode(errors="replace")
    if "<" not in text:
        return _one_line(text)
    from html import unescape  # its table of names takes a millisecond

    title = _TITLE.search(text)
    return _one_line(unescape(_TAG.sub(" ", title[1] if title else text)))


def _words_of(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(filter(None, map(_words_of, value[:MOST_SHOWN])))
    if not isinstance(value, dict):
        return "" if value is None or isinstance(value, bool) else str(value)
    words = next((said for name in _WORDS if (said := _words_of(value.get(name)))), "")
    place = value.get("loc")
    where = ".".join(map(str, place)) if isinstance(place, list) else ""
    return f"{where}: {words}" if where and words else words


def is_context(body: bytes, message: str) -> bool:
    """Whether the error says that a prompt or a reply did not fit the context."""
    start = body[:4096]
    return any(word.encode() in start for word in _CONTEXT_TYPES) or bool(_CONTEXT_TEXT.search(message))


def context_sizes(body: bytes) -> tuple[int, int] | None:
    """Tokens of the prompt and of a slot, where llama-server tells them."""
    value = json_in(body)
    inner = value.get("error", value) if isinstance(value, dict) else None
    sizes = [inner.get(name) for name in ("n_prompt_tokens", "n_ctx")] if isinstance(inner, dict) else []
    match sizes:
        case [int(prompt), int(slot)]:
            return prompt, slot
    return None


def _one_line(text: str) -> str:
    return " ".join(text.split())
