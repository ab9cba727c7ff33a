"""Amounts as people write them: bytes, parameters, tokens of context."""

from __future__ import annotations

import re

from rocmtui.errors import UsageError

DASH = "–"
_SIZE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b)?\s*$", re.IGNORECASE)
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


def size_text(value: int | None) -> str:
    """`20.8 GiB`, `512 MiB`, `12 KiB`, `7 B`; a dash for None."""
    if value is None:
        return DASH
    for unit, power in (("TiB", 4), ("GiB", 3)):
        if abs(value) >= 0.9995 * 1024**power:
            return f"{value / 1024**power:.1f} {unit}"
    for unit, power in (("MiB", 2), ("KiB", 1)):
        if abs(value) >= 1024**power:
            return f"{value / 1024**power:.0f} {unit}"
    return f"{value} B"


def counted(count: float, noun: str) -> str:
    """`1 worker`, `6 workers`."""
    return f"{count:g} {noun}" if count == 1 else f"{count:g} {noun}s"


def slots_text(count: float) -> str:
    """`1 slot`, `4 slots`."""
    return counted(count, "slot")


def count_text(value: int | None) -> str:
    """Parameters as model cards write them: `268M`, `7.2B`, `671B`; a dash for None."""
    if value is None:
        return DASH
    for unit, scale in (("T", 10**12), ("B", 10**9), ("M", 10**6), ("K", 10**3)):
        if value >= 0.9995 * scale:
            amount = value / scale
            return f"{amount:.0f}{unit}" if amount >= 9.95 else f"{amount:.1f}{unit}"
    return str(value)


def ctx_text(value: int | None) -> str:
    """Tokens of context: `512`, `8k` for 8192, `32k`, `1M`; other numbers as they are; a dash for None."""
    if value is None:
        return DASH
    for unit, scale in (("M", 1 << 20), ("k", 1 << 10)):
        if value >= scale and value % scale == 0:
            return f"{value // scale}{unit}"
    return str(value)
