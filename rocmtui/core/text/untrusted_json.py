"""JSON that somebody else wrote, and what reading it can raise."""

from __future__ import annotations

from typing import Any

import msgspec

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""No JSON or of another shape; text that is no UTF-8; nested without end."""


def json_in(data: bytes | str, kind: Any = Any) -> Any:
    """What it holds, of a kind; None where it cannot be read."""
    try:
        return msgspec.json.decode(data, type=kind)
    except UNREADABLE:
        return None
