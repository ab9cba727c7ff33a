"""Do the intervals of one run hold the truth as often as they say? Simulated with rocmtui's own functions.

Run it: `python -m tests.benchmarks.verdicts_intervals`. Each row prints how often an interval was given at
all, and how often it held the truth when it was.
"""

from __future__ import annotations

import heapq
import math
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from rocmtui.core.stats.effective import Together, together, trials
from rocmtui.core.stats.interval import mean_interval, quantile_interval

PROMISED = 0.90
SIZES = (30, 100, 300)
LONG = {"Poisson queue, load 0.8": 3000}
"""Where it takes so many to be worth ten trials."""
Made = tuple[list[float], Together]
"""Values in the order of their start, and how the requests ran beside each other."""


def independent(rng: random.Random, n: int) -> Made:
    """One stream, every request its own luck (log-normal)."""
    return [rng.lognormvariate(0, 0.5) for _ in range(n)], Together()


def correlated(rng: random.Random, n: int) -> Made:
    """One stream; each request keeps nine tenths of the last one's luck."""
    level, values = rng.gauss(0, 1 / math.sqrt(1 - 0.81)), []
    for _ in range(n):
        level = 0.9 * level + rng.gauss(0, 1)
        values.append(50 + level)
    return values, Together()


def queue(load: float) -> Callable[[random.Random, int], Made]:
    """Poisson arrivals at one slot with exponential service: latencies in units of the service time."""

    def made(rng: random.Random, n: int) -> Made:
        at = free = 0.0
        spans = []
        for _ in range(n + 2000):
            at += rng.expovariate(load)
            free = max(at, free) + rng.expovariate(1)
            spans.append((round(at * 1e6), round(free * 1e6)))
        spans = spans[-n:]
        return [(done - sent) / 1e6 for sent, done in spans], together(spans, slots=1)

    return made


def side_by_side(rng: random.Random, n: int) -> Made:
    """32 streams; whoever runs now shares the machine's luck of now, which lasts about two requests."""
    streams, step, keep = 32, 0.1, math.exp(-0.1 / 2)
    luck, until = rng.gauss(0, 0.3), 0.0
    ends = [rng.random() for _ in range(streams)]
    heapq.heapify(ends)
    values, spans = [], []
    for _ in range(n * streams):
        sent = heapq.heappop(ends)
        while until <= sent:
            luck = keep * luck + rng.gauss(0, 0.3 * math.sqrt(1 - keep * keep))
            until += step
        value = math.exp(luck) * rng.lognormvariate(0, 0.1)
        heapq.heappush(ends, sent + value)
        values.append(value)
        spans.append((round(sent * 1e6), round((sent + value) * 1e6)))
    return values, together(spans)


CASES: dict[str, Callable[[random.Random, int], Made]] = {
    "independent": independent,
    "AR(0.9)": correlated,
    "Poisson queue, load 0.5": queue(0.5),
    "Poisson queue, load 0.8": queue(0.8),
    "Poisson queue, load 0.95": queue(0.95),
    "32 streams sharing luck": side_by_side,
}
SHARES = {"mean": None, "p50": 0.5, "p95": 0.95}


def truth(case: str, share: float | None) -> float:
    """Mean or quantile of the case, exact where a formula is known, else from a long series."""
    if case == "independent":
        z = {0.5: 0.0, 0.95: 1.644854}
        return math.exp(0.125) if share is None else math.exp(0.5 * z[share])
    if case == "AR(0.9)":
        return 50 + (0 if share in (None, 0.5) else 1.644854 / math.sqrt(1 - 0.81))
    if case.startswith("Poisson"):
        mean = 1 / (1 - float(case.rsplit(" ", 1)[1]))
        return mean if share is None else -mean * math.log(1 - share)
    return _long_run()[share]


@cache
def _long_run() -> dict[float | None, float]:
    values = sorted(v for seed in range(6) for v in side_by_side(random.Random(10_000 + seed), 1500)[0])
    found: dict[float | None, float] = {q: values[int(q * len(values))] for q in (0.5, 0.95)}
    return found | {None: math.fsum(values) / len(values)}


def rows(
    runs: int, *, seed: int = 1, cases: Iterable[str] = tuple(CASES), sizes: Iterable[int] = SIZES
) -> Iterator[dict[str, object]]:
    """One row a case, size and statistic."""
    for case in cases:
        make = CASES[case]
        for n in (*sizes, *([LONG[case]] if case in LONG and sizes is SIZES else [])):
            few = max(runs // 8, 20) if case.startswith("32") or n > max(SIZES) else runs
            hits = dict.fromkeys(SHARES, 0)
            given = dict.fromkeys(SHARES, 0)
            for run in range(few):
                values, beside = make(random.Random(f"{seed} {case} {n} {run}"), n)
                count = trials(values, beside).count
                for name, share in SHARES.items():
                    found = (
                        mean_interval(values, beside)
                        if share is None
                        else quantile_interval(sorted(values), share, count)
                        if count >= 10
                        else None
                    )
                    if found is not None:
                        given[name] += 1
                        hits[name] += found.low <= truth(case, share) <= found.high
            for name in SHARES:
                yield {
                    "case": case,
                    "n": n,
                    "statistic": name,
                    "runs": few,
                    "given": given[name] / few,
                    "wrong": (given[name] - hits[name]) / few,
                    "covered": hits[name] / given[name] if given[name] else None,
                }


if __name__ == "__main__":
    print(f"promised: {PROMISED:.2f} or more wherever an interval is given")
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 400):
        covered = "-" if row["covered"] is None else f"{row['covered']:.2f}"
        told = f"given {row['given']:.2f}  covered {covered}  wrong {row['wrong']:.3f}"
        print(f"{row['case']:26} n={row['n']:<4} {row['statistic']:5} {told}", flush=True)
