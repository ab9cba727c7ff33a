"""A history cut into the columns of a chart with a time axis."""

from __future__ import annotations

from collections.abc import Iterable

HELD_NS = 2_000_000_000
"""A gap between two readings that is no outage."""


def time_bins(
    points: Iterable[tuple[int, float | None]], now_ns: int, window_ns: int, bins: int
) -> list[float | None]:
    """Mean value of each of `bins` equal stretches of the last `window_ns`, oldest first.

    `points` are (time, value), newest first. Stretches begin at multiples of their length, so a column keeps
    its height while it moves to the left. A stretch without values is None.
    """
    length_ns = max(1, window_ns // max(bins, 1))
    last = now_ns // length_ns
    sums = [0.0] * bins
    counts = [0] * bins
    for at_ns, value in points:
        index = bins - 1 - (last - at_ns // length_ns)
        if index < 0:
            break
        if value is not None and index < bins:
            sums[index] += value
            counts[index] += 1
    return [total / n if n else None for total, n in zip(sums, counts, strict=True)]


def held(values: list[float | None], length_ns: int) -> list[float | None]:
    """Gaps of up to HELD_NS closed with the value before: what comes twice a second has no holes in it."""
    most = HELD_NS // max(length_ns, 1)
    result = list(values)
    gap = 0
    for at, value in enumerate(values):
        if value is None:
            gap += 1
            continue
        if gap <= most and gap < at:
            result[at - gap : at] = [values[at - gap - 1]] * gap
        gap = 0
    return result
