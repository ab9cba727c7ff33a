"""Amounts as people write them: bytes, parameters, tokens of context."""

from __future__ import annotations

import re

from rocmtui.core.text.late_regex import LateRegex
from rocmtui.errors import UsageError

_SIZE = LateRegex(r"^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b)?\s*$", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def parse_size(text: str) -> int:
    """Bytes of `24GiB`, `24G` (both 1024-based), `24GB` (1000-based) or a bare number. Raises UsageError.

    A bare number below 1 MiB is refused: nobody who writes 24 means 24 bytes.
    """
    found = _SIZE.match(text)
    if not found:
        raise UsageError(f"{text!r} is no size", "write it as 24GiB or 16384MiB")
    amount, prefix, suffix = found.groups()
    base = 1000 if (suffix or "").lower() == "b" else 1024
    if not prefix and not suffix and float(amount) < 1 << 20:
        raise UsageError(f"{amount} has no unit: that many bytes hold nothing", f"say {amount}GiB")
    return round(float(amount) * int(base ** _POWERS[prefix.lower()]))


def counted(count: float, noun: str) -> str:
    """`1 worker`, `6 workers`."""
    return f"{count:g} {noun}" if count == 1 else f"{count:g} {noun}s"


def slots_text(count: float) -> str:
    """`1 slot`, `4 slots`."""
    return counted(count, "slot")
