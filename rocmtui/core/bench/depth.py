"""What depth costs: how much slower each thousand tokens of context make it, and where two variants cross."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from rocmtui.core.bench.metrics import KV_BYTES, VRAM_BYTES
from rocmtui.core.bench.plan.cells import BenchPlan, Setup
from rocmtui.core.bench.plan.suite import BenchTest
from rocmtui.core.bench.result import BenchResults
from rocmtui.core.bench.summary import rounds_of, side_by_side
from rocmtui.core.stats.quantiles import known, mean, median
from rocmtui.core.stats.student import student_t

_TAGS = {"decode": "output_tps_per_request", "prefill": "prefill_tps", "concurrent": "output_tps"}
THOUSAND = 1000
FEWEST_ROUNDS = 3


class DepthSlope(msgspec.Struct, frozen=True, kw_only=True):
    """How the speed of one setup falls with depth.

    Time a token is taken to grow in a straight line with depth, as attention does; `per_1k` is what the first
    thousand tokens change of the speed at depth 0 (-0.019: 1.9 % slower).
    """

    model: str
    ctx: int | None
    parallel: int
    variant: str
    test: str
    """Without its depth: `tg128`."""
    depths: tuple[int, ...]
    tps: tuple[float | None, ...]
    """Median over rounds, at each depth."""
    kv_bytes: tuple[float | None, ...] = ()
    """What of the cache a step reads, at each depth; None: not known."""
    vram_bytes: tuple[float | None, ...] = ()
    """Most memory of its cards in use, at each depth; None: not known."""
    per_1k: float | None = None
    interval: tuple[float, float] | None = None
    """95 %, over rounds; None below 3."""
    crosses: float | None = None
    """Where it is as fast as the first variant, in tokens; None: nowhere within the depths measured."""
    crosses_interval: tuple[float, float] | None = None
    """95 % (Fieller); None where the lines might as well not cross."""


class Line(NamedTuple):
    """Seconds a token: `at_zero + each * depth`."""

    at_zero: float
    each: float


def depth_slopes(plan: BenchPlan, results: BenchResults) -> tuple[DepthSlope, ...]:
    """One for each setup and test that was measured at two depths or more."""
    return tuple(
        slope
        for group in side_by_side(plan)
        for tests in _at_depths(plan)
        for slope in _slopes(plan, results, group, tests)
    )


def line_of(points: Sequence[tuple[float, float]]) -> Line | None:
    """The line of least squares through (depth, tokens a second), errors in proportion to the times."""
    times = [(depth, 1 / tps) for depth, tps in points if tps > 0]
    if len({depth for depth, _ in times}) < 2:
        return None
    weighed = [(1 / seconds**2, depth, seconds) for depth, seconds in times]
    total = sum(w for w, _, _ in weighed)
    mean_x = sum(w * x for w, x, _ in weighed) / total
    mean_y = sum(w * y for w, _, y in weighed) / total
    spread = sum(w * (x - mean_x) ** 2 for w, x, _ in weighed)
    both = sum(w * (x - mean_x) * (y - mean_y) for w, x, y in weighed)
    return Line(mean_y - both / spread * mean_x, both / spread)


def crossing(differences: Sequence[Line]) -> tuple[float | None, tuple[float, float] | None]:
    """Where the mean difference of two lines is 0, and Fieller's interval of that over rounds."""
    a, b = (mean([line[part] for line in differences]) for part in (0, 1))
    if not b:
        return None, None
    at = -a / b
    if len(differences) < FEWEST_ROUNDS:
        return at, None
    count = len(differences)
    scale = student_t(count - 1) ** 2 / (count * (count - 1))
    va, vb, vab = (
        scale * sum((line[p] - (a, b)[p]) * (line[q] - (a, b)[q]) for line in differences)
        for p, q in ((0, 0), (1, 1), (0, 1))
    )
    # All depths d at which a + b d is not beyond doubt another than 0.
    square, half, rest = b * b - vb, a * b - vab, a * a - va
    if square <= 0:
        return at, None
    root = math.sqrt(max(half * half - square * rest, 0.0))
    low, high = ((-half + sign * root) / square for sign in (-1, 1))
    return at, (low, high)


def _at_depths(plan: BenchPlan) -> Iterator[tuple[BenchTest, ...]]:
    """Tests that differ in their depth alone."""

    def same(test: BenchTest) -> tuple[str, int, int]:
        return test.kind, test.prompt_tokens, test.max_tokens

    for (kind, *_), tests in groupby(sorted(plan.tests, key=same), key=same):
        found = tuple(sorted(tests, key=lambda test: test.depth))
        if kind in _TAGS and len(found) > 1:
            yield found


def _slopes(
    plan: BenchPlan, results: BenchResults, group: tuple[Setup, ...], tests: tuple[BenchTest, ...]
) -> Iterator[DepthSlope]:
    def values(setup: Setup, tag: str) -> list[tuple[float | None, ...]]:
        return [rounds_of(plan, results, setup, test.name, tag) for test in tests]

    depths, tag = tuple(test.depth for test in tests), _TAGS[tests[0].kind]
    first = _lines(depths, values(group[0], tag))
    for setup in group:
        speeds = values(setup, tag)
        lines = _lines(depths, speeds)
        per_1k, interval = _per_1k([line for line in lines if line is not None])
        pairs = [(one, other) for one, other in zip(first, lines, strict=True) if one and other]
        between = [Line(b.at_zero - a.at_zero, b.each - a.each) for a, b in pairs]
        at, ends = crossing(between) if between and setup is not group[0] else (None, None)
        if at is None or not 0 < at < depths[-1]:
            at, ends = None, None
        yield DepthSlope(
            **setup.place,
            parallel=setup.parallel,
            test=msgspec.structs.replace(tests[0], depth=0).name,
            depths=depths,
            tps=_medians(speeds),
            kv_bytes=_medians(values(setup, KV_BYTES)),
            vram_bytes=_medians(values(setup, VRAM_BYTES)),
            per_1k=per_1k,
            interval=interval,
            crosses=at,
            crosses_interval=ends,
        )


def _lines(depths: Sequence[int], speeds: Sequence[Sequence[float | None]]) -> list[Line | None]:
    """The line of each round."""
    rounds = zip(*speeds, strict=True)
    return [line_of([(d, tps) for d, tps in zip(depths, row, strict=True) if tps]) for row in rounds]


def _per_1k(lines: Sequence[Line]) -> tuple[float | None, tuple[float, float] | None]:
    """Change of the speed at depth 0 by a thousand tokens: of the mean line, and its interval over rounds."""
    changes = [line.each * THOUSAND / line.at_zero for line in lines if line.at_zero > 0]
    if not changes:
        return None, None
    center = mean(changes)
    if len(changes) < FEWEST_ROUNDS:
        return _faster(center), None
    count = len(changes)
    spread = math.sqrt(sum((change - center) ** 2 for change in changes) / (count - 1))
    half = student_t(count - 1) * spread / math.sqrt(count)
    return _faster(center), (_faster(center + half), _faster(center - half))


def _faster(slower: float) -> float:
    """A token that takes 1.9 % longer is a speed 1.9 % lower."""
    return 1 / (1 + slower) - 1 if slower > -1 else 0.0


def _medians(values: Sequence[Sequence[float | None]]) -> tuple[float | None, ...]:
    return tuple(known(median, rounds) for rounds in values)
