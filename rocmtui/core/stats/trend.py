"""Whether values grow through a run: Kendall's tau of block means, and how far they grew.

Mann (1945) and Kendall (1975), on means of blocks, which are less alike than neighbours are. A queue of a
server that keeps up grows too, for a while; the limits are set so that one with a fifth of its capacity to
spare is called overloaded in at most FALSE_ALARMS of runs (tests/benchmarks/overload.py simulates it).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

BLOCKS = 10
LEAST = 6 * BLOCKS
"""Fewer values say nothing of a trend."""
LEAST_TAU = 0.8
LEAST_GROWTH = 1.5
"""The mean of the last fifth over that of the first."""
FALSE_ALARMS = 0.05


def kendall_tau(values: Sequence[float]) -> float:
    """Of values against their order, at least two: 1 where each is larger than the one before."""
    signs = [(b > a) - (b < a) for a, b in combinations(values, 2)]
    return sum(signs) / len(signs)


def growth(values: Sequence[float]) -> tuple[float, float] | None:
    """Means of the first and the last fifth of values that grow all the time; None where they do not."""
    count = len(values)
    if count < LEAST:
        return None
    edges = [index * count // BLOCKS for index in range(BLOCKS + 1)]
    blocks = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    first, last = (blocks[0] + blocks[1]) / 2, (blocks[-2] + blocks[-1]) / 2
    grows = kendall_tau(blocks) >= LEAST_TAU and last >= LEAST_GROWTH * first
    return (first, last) if grows else None
