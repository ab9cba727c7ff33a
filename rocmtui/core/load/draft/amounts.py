"""Amounts of a load as people type them, and how great they may be."""

from __future__ import annotations

import math

from rocmtui.errors import UsageError

MAX_CONCURRENCY = 4096
MAX_RATE = 100_000.0
MOST_SERVERS = 256
"""Of one load."""


def parse_scale(text: str) -> float:
    """A factor of times, such as 0.1. Raises UsageError."""
    factor = _number(text)
    if not 1e-6 <= factor <= 1e6:
        raise UsageError("a factor: 1, or 0.1 for ten times as fast")
    return factor


def parse_rate(text: str) -> float:
    """Requests per second from `2`, `0.5` or `30/min`. Raises UsageError."""
    number, _, unit = text.strip().partition("/")
    rate = _number(number) / {"": 1, "s": 1, "min": 60, "m": 60}.get(unit.strip(), math.nan)
    if not 0 < rate <= MAX_RATE:
        raise UsageError("requests per second, such as 2, 0.5 or 30/min")
    return rate


def parse_duration(text: str) -> float:
    """Seconds from `90`, `90s`, `5m` or `1h`. Raises UsageError."""
    word = text.strip().lower()
    seconds = _number(word.rstrip("smh")) * {"s": 1, "m": 60, "h": 3600}.get(word[-1:], 1)
    if not 0 < seconds < 1e9:
        raise UsageError("a time such as 90s, 5m or 1h")
    return seconds


def _number(text: str) -> float:
    """NaN, which is within no bounds, where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
