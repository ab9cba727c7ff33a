"""Which load to try next, and which is best: doubling to saturation, bisecting to the knee, confirming it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Literal

import msgspec

SweepAxis = Literal["concurrency", "rate", "parallel"]

GAIN = 1.10
"""Growth ends when two doublings in a row did not raise throughput by this factor.

Two, because a step can be flat and the next one not: 2 streams on 2 cores are no faster than 1, 4 are.
"""
NEAR_BEST = 0.95
"""Without SLOs the knee is the least load that reaches this share of the best throughput."""
KEPT_UP = 0.9
"""Open loop: a server whose capacity is less than this share of the rate asked for is saturated."""
LOWEST = 64
"""When the first rate is too much already, it is halved down to this part of it."""
PRECISION = 0.1
"""Bisecting ends when the good and the bad load are this close."""


FAR_BEYOND = 0.8
"""The same share of a level that shows its capacity; less far beyond it is little more than what was sent."""
CAPACITY_MARGIN = 0.95
"""Of the capacity that levels beyond it showed, as much is advised: their mean is known no better."""
MOST_CONFIRMATIONS = 8
STEP = 0.95
"""How far the rate goes down from one that was not confirmed; up again from one that was, under SLOs."""
CONFIRMED_TO = 1.03
"""Under SLOs the looks end when one confirmed and one not are this close."""


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """One load that was tried."""

    load: float
    """Workers, requests per second or slots, by the axis."""
    confirms: bool = False
    """Whether it is the second look at a load, with other prompts, before it is advised."""
    output_tps: float | None = None
    """Of the steady state: neither the start nor the end, when workers run out of work one by one."""
    requests_per_second: float | None = None
    kept_up: float | None = None
    """Open loop: the server's capacity as a share of the rate it was sent, at most 1; None: not known."""
    capacity_rps: float | None = None
    """Requests a second from the first one sent to the last one done: its capacity, where it fell behind."""
    output_tps_per_request: float | None = None
    limit_tps: float | None = None
    """What decode could reach at most with so many streams: the curve's ceiling; None: not known."""
    limit_share: float | None = None
    """What it reached of that."""
    ttft_p50_ms: float | None = None
    ttft_p95_ms: float | None = None
    itl_p50_ms: float | None = None
    queue_wait_p50_ms: float | None = None
    vram_peak_bytes: int | None = None
    power_mean_watts: float | None = None
    slo_met: bool | None = None
    """Every SLO was met; of a level that confirms, beyond doubt. None when there are none."""
    slo_doubted: bool = False
    """They were met, but not beyond doubt: too few requests, or too close."""
    problem: str | None = None
    """Why the level does not count: errors, a server that did not start, memory that spilled."""
    server_gone: bool = False
    """There was no server, or none any more when the level ended."""
    warnings: tuple[str, ...] = ()

    @property
    def slo_words(self) -> str:
        """How it stands to the SLOs; empty where there are none."""
        if self.slo_met is None:
            return ""
        return "SLO met" if self.slo_met else "SLO in doubt" if self.slo_doubted else "SLO missed"

    @property
    def acceptable(self) -> bool:
        """Whether one could serve like this."""
        return self.problem is None and self.slo_met is not False and self.output_tps is not None


class SweepGoal(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep varies and how far."""

    axis: SweepAxis
    loads: tuple[float, ...] = ()
    """A fixed list; empty: search."""
    first: float = 1.0
    limit: float = 256.0


def next_load(goal: SweepGoal, seen: Sequence[Level]) -> float | None:
    """The load to try next; None when the search is over. `seen` in the order tried."""
    seen = searched(seen)
    tried = {level.load for level in seen}
    if goal.loads:
        return next((load for load in goal.loads if load not in tried), None)
    if not seen:
        return min(goal.first, goal.limit)
    levels = sorted(seen, key=lambda level: level.load)
    if _still_growing(goal, levels):
        return min(levels[-1].load * 2, goal.limit)
    if goal.axis == "rate" and not _good(goal, levels[0]):
        return levels[0].load / 2 if levels[0].load > goal.first / LOWEST else None
    middle = _between_good_and_bad(goal, levels)
    return None if middle is None or middle in tried else middle


def load_to_confirm(goal: SweepGoal, seen: Sequence[Level]) -> float | None:
    """After the search: the load to look at again; None when one is confirmed, or none can be.

    A rate under SLOs is narrowed further: up while looks confirm, down while they do not, then between.
    """
    confirming = [level for level in seen if level.confirms]
    best = best_level(goal, seen)
    if best is None or len(confirming) >= MOST_CONFIRMATIONS:
        return None
    passed = max((level.load for level in confirming if _good(goal, level)), default=None)
    if passed is not None and (goal.axis != "rate" or best.slo_met is None):
        return None
    failed = {level.load for level in confirming if not _good(goal, level)}
    if goal.axis == "rate":
        rate = _rate_to_confirm(_most_rate(goal, seen, best), best, passed, min(failed, default=None))
        return None if rate is None else float(f"{rate:.3g}")
    lower = [level.load for level in searched(seen) if level.load <= best.load and _good(goal, level)]
    return max((load for load in lower if load not in failed), default=None)


def _rate_to_confirm(most: float, best: Level, passed: float | None, failed: float | None) -> float | None:
    """The next rate to look at again, from the highest that was confirmed and the lowest that was not."""
    if passed is None:
        # at the very edge of the SLOs nothing can be confirmed
        first = most if best.slo_met is None else min(best.load * STEP, most)
        return first if failed is None else failed * STEP
    if failed is None:
        return min(passed / STEP, most) if passed * CONFIRMED_TO < most else None
    return math.sqrt(passed * failed) if failed > passed * CONFIRMED_TO else None


def _most_rate(goal: SweepGoal, seen: Sequence[Level], best: Level) -> float:
    """What may be advised at most: of the capacity that levels beyond the best showed, and what was asked."""
    beyond = [level for level in searched(seen) if level.load > best.load and saturated(goal, level)]
    far = [level for level in beyond if level.kept_up and level.kept_up < FAR_BEYOND]
    capacities = [level.capacity_rps for level in far or beyond if level.capacity_rps]
    if capacities:
        return CAPACITY_MARGIN * fmean(capacities)
    return best.load if best.slo_met is None or goal.loads else goal.limit


def advised(goal: SweepGoal, seen: Sequence[Level]) -> Level | None:
    """The highest load that is confirmed; before any confirmation, the best so far; None: none acceptable."""
    confirming = [level for level in seen if level.confirms]
    if confirming:
        good = (level for level in confirming if _good(goal, level))
        return max(good, key=lambda level: level.load, default=None)
    return best_level(goal, seen)


def searched(seen: Sequence[Level]) -> list[Level]:
    """The levels of the search, without confirmations."""
    return [level for level in seen if not level.confirms]


def best_level(goal: SweepGoal, seen: Sequence[Level]) -> Level | None:
    """The best of the search: under SLOs the acceptable one with the highest throughput, else the knee."""
    good = (level for level in searched(seen) if _good(goal, level))
    levels = sorted(good, key=lambda level: level.load)
    if not levels:
        return None
    if goal.axis == "rate":
        return levels[-1]
    most = max(_speed(level) for level in levels)
    if any(level.slo_met is not None for level in levels):
        return next(level for level in levels if _speed(level) == most)
    return next(level for level in levels if _speed(level) >= most * NEAR_BEST)


def saturated(goal: SweepGoal, level: Level) -> bool:
    """Open loop: whether the server fell behind the rate asked for."""
    return goal.axis == "rate" and level.kept_up is not None and level.kept_up < KEPT_UP


def _good(goal: SweepGoal, level: Level) -> bool:
    return level.acceptable and not saturated(goal, level)


def _speed(level: Level) -> float:
    return level.output_tps or 0.0


def _still_growing(goal: SweepGoal, levels: list[Level]) -> bool:
    last = levels[-1]
    if last.load >= goal.limit:
        return False
    if goal.axis == "rate":
        return any(_good(goal, level) for level in levels[-2:])
    if not all(_good(goal, level) for level in levels):
        return False
    if len(levels) < 3:
        return True
    return max(_speed(last), _speed(levels[-2])) >= _speed(levels[-3]) * GAIN


def _between_good_and_bad(goal: SweepGoal, levels: list[Level]) -> float | None:
    """Halfway between the last load that is good enough and the first beyond it."""
    edge = _edge(goal, levels)
    if edge is None:
        return None
    low, high = edge
    if goal.axis == "rate":
        return None if high / low <= 1 + PRECISION else float(f"{math.sqrt(low * high):.3g}")
    if high - low <= max(1.0, low * PRECISION):
        return None
    return float(round((low + high) / 2))


def _edge(goal: SweepGoal, levels: list[Level]) -> tuple[float, float] | None:
    good = max((level.load for level in levels if _good(goal, level)), default=0.0)
    bad = (level for level in levels if not _good(goal, level))
    beyond = next((level for level in bad if goal.axis != "rate" or level.load > good), None)
    if beyond is None:
        beyond = best_level(goal, levels)
        if beyond is None or beyond.slo_met:
            return None
    below = [level.load for level in levels if level.load < beyond.load]
    return (below[-1], beyond.load) if below else None
