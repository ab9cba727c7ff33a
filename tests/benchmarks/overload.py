"""How often a server is called overloaded, beside what is promised: queues simulated, the product's own test.

`python -m tests.benchmarks.overload [RUNS]`. Poisson arrivals at a server of 1 or 4 slots; service times are
constant, uniform (replies of like length) or exponential (the worst case: replies of any length).
"""

from __future__ import annotations

import sys
from random import Random

from rocmtui.core.stats.trend import FALSE_ALARMS, growth

SPARE = 0.8
"""The load up to which the false-alarm rate is promised."""
LOADS = (0.5, 0.7, 0.8, 0.9, 0.95, 1.2, 1.5, 2.0)
KINDS = ("constant", "uniform", "exponential")


def latencies(count: int, load: float, slots: int, kind: str, random: Random) -> list[float]:
    """Of requests in the order in which they came; a service takes 1 on average."""
    free = [0.0] * slots
    now, found = 0.0, []
    for _ in range(count):
        now += random.expovariate(load * slots)
        slot = min(range(slots), key=free.__getitem__)
        service = {
            "constant": 1.0,
            "uniform": random.uniform(0.5, 1.5),
            "exponential": random.expovariate(1.0),
        }
        free[slot] = max(now, free[slot]) + service[kind]
        found.append(free[slot] - now)
    return found


def rate_of_alarms(count: int, load: float, slots: int, kind: str, runs: int, seed: int = 1) -> float:
    """The share of simulated runs that are called overloaded."""
    random = Random(f"{seed} {count} {load} {slots} {kind}")
    return sum(growth(latencies(count, load, slots, kind, random)) is not None for _ in range(runs)) / runs


def main() -> None:
    """Print the table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    print(
        f"{runs} runs each; promised up to a load of {SPARE:g}: at most {FALSE_ALARMS:.0%} called overloaded"
    )
    print("service      slots  requests  " + "  ".join(f"{load:>5g}" for load in LOADS))
    for kind in KINDS:
        for slots in (1, 4):
            for count in (60, 100, 300):
                rates = (rate_of_alarms(count, load, slots, kind, runs) for load in LOADS)
                print(
                    f"{kind:<11}  {slots:>5}  {count:>8}  " + "  ".join(f"{rate:5.1%}" for rate in rates),
                    flush=True,
                )


if __name__ == "__main__":
    main()
