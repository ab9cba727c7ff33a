"""Stalls of a stream: gaps between its tokens far over what is usual for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rocmtui.core.stats.quantiles import median

LEAST_NS = 200_000_000
"""No shorter gap is a stall, however quick the stream."""
TIMES_USUAL = 10
STEP_MS = 1.0
"""Events nearer together came out of one step of the server: a draft's tokens, or those of one packet."""

Gap = tuple[int, int]
"""From one token to the next, in monotonic nanoseconds."""


def stalls_among(long_gaps: Iterable[Gap], gaps_ms: Sequence[float]) -> tuple[Gap, ...]:
    """Those of `long_gaps` (of LEAST_NS or more) that are over ten times the stream's median gap.

    `gaps_ms` are all gaps between its events; the median is that of its steps.
    """
    found = tuple(long_gaps)
    steps = [gap for gap in gaps_ms if gap >= STEP_MS] if found else []
    limit_ns = max(LEAST_NS, TIMES_USUAL * median(steps) * 1e6) if steps else LEAST_NS
    return tuple(gap for gap in found if gap[1] - gap[0] > limit_ns)
