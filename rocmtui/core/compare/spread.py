"""How a metric was spread on both sides, over one scale: what a percentile alone does not tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from rocmtui.core.compare.sides import Quantity
from rocmtui.core.text.blocks import log_cell

BINS = 60
SHOWN = (("ttft_p50", "TTFT"), ("output_tps_per_request_p50", "decode of one request"))
"""Quantities whose requests are shown, and what they are called there."""
LEAST = 5
"""Requests a side: fewer are no distribution."""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of both sides counted over BINS bins that grow by the same factor from `low` to `high`."""

    title: str
    unit: str
    low: float
    high: float
    a: tuple[int, ...]
    b: tuple[int, ...]


def spreads(a: Mapping[str, Quantity], b: Mapping[str, Quantity]) -> tuple[Spread, ...]:
    """Of those quantities that both sides know the single requests of."""
    found = []
    for key, title in SHOWN:
        one, other = a.get(key), b.get(key)
        if one is None or other is None or one.sample is None or other.sample is None:
            continue
        values = [[v for v in side.ascending if v > 0] for side in (one.sample, other.sample)]
        if min(map(len, values)) >= LEAST:
            found.append(_spread(title, one.unit, *values))
    return tuple(found)


def _spread(title: str, unit: str, a: Sequence[float], b: Sequence[float]) -> Spread:
    low, high = min(*a, *b), max(*a, *b)
    high = high if high > low * 1.05 else low * 1.05

    def counted(values: Sequence[float]) -> tuple[int, ...]:
        counts = Counter(log_cell(value, low, high, BINS) for value in values)
        return tuple(counts[cell] for cell in range(BINS))

    return Spread(title=title, unit=unit, low=low, high=high, a=counted(a), b=counted(b))
