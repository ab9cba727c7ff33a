"""What a reference says along some texts, kept so that other servers can be held against it."""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.answers.reading import Position
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import UsageError

SCHEMA = "rocmtui.reference/1"

Way = Literal["tokens", "text", "chat"]
"""How a server can be asked: any position by token ids, any position by text, or the start of a chat only."""
CPU = "cpu"
"""What to compare with: the same file on the CPU."""
WAYS: tuple[Way, ...] = ("tokens", "text", "chat")


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One text and how the reference went on with it."""

    prompt: str
    depth: int = 0
    """Tokens of filler before the prompt, about."""
    prompt_ids: tuple[int, ...] = ()
    """Token ids of filler and prompt, where the server tells."""
    positions: tuple[Position, ...] = ()
    """What followed, a position each: the chosen token and the likeliest ones."""


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """All passages of one reference."""

    schema: str = SCHEMA
    way: Way = "tokens"
    model: str = ""
    model_hash: str | None = None
    made_with: str = ""
    """The server that said it: build and settings, as text."""
    passages: tuple[Passage, ...] = ()


def encode_reference(reference: Reference) -> bytes:
    """The bytes of a saved reference."""
    return msgspec.json.format(msgspec.json.encode(reference), indent=0) + b"\n"


def decode_reference(data: bytes) -> Reference:
    """Read a saved reference. Raises UsageError for anything else."""
    try:
        found = msgspec.json.decode(data, type=Reference)
    except UNREADABLE as error:
        raise UsageError("it is no saved reference", "make one with `rocmtui verify --save FILE`") from error
    if found.schema.partition("/")[::2] != ("rocmtui.reference", "1"):
        raise UsageError(f"it is a reference of another kind ({found.schema:.40})", "make it anew")
    return found


def weaker(a: Way, b: Way) -> Way:
    """The way in which both sides can be asked."""
    return WAYS[max(WAYS.index(a), WAYS.index(b))]
