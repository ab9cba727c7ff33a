"""How often a server is called overloaded, beside what is promised: queues simulated, the product's own test.

`python -m tests.benchmarks.overload [RUNS]`. Poisson arrivals at a server of 1 or 4 slots; service times are
constant, uniform (replies of like length) or exponential (the worst case: replies of any length). In closed
loops of 4 to 32 workers no queue grows, but a server may slow down.
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Iterator
from random import Random

from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.report.build import ReportBuilder
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.stats.trend import FALSE_ALARMS, growth

SPARE = 0.8
"""The load up to which the false-alarm rate is promised."""
LOADS = (0.5, 0.7, 0.8, 0.9, 0.95, 1.2, 1.5, 2.0)
CLOSED = ((4, 4), (8, 4), (32, 4))
"""Workers and slots."""
KINDS = ("constant", "uniform", "exponential")


def service(kind: str, random: Random) -> float:
    """How long one request occupies its slot: 1 on average."""
    if kind == "uniform":
        return random.uniform(0.5, 1.5)
    return 1.0 if kind == "constant" else random.expovariate(1.0)


def latencies(count: int, load: float, slots: int, kind: str, random: Random) -> list[float]:
    """Of requests in the order in which they came; a service takes 1 on average."""
    free = [0.0] * slots
    now, found = 0.0, []
    for _ in range(count):
        now += random.expovariate(load * slots)
        slot = min(range(slots), key=free.__getitem__)
        free[slot] = max(now, free[slot]) + service(kind, random)
        found.append(free[slot] - now)
    return found


def rate_of_alarms(count: int, load: float, slots: int, kind: str, runs: int, seed: int = 1) -> float:
    """The share of simulated runs that are called overloaded."""
    random = Random(f"{seed} {count} {load} {slots} {kind}")
    return sum(growth(latencies(count, load, slots, kind, random)) is not None for _ in range(runs)) / runs


def of_a_closed_loop(count: int, workers: int, slots: int, kind: str, slower: float, random: Random) -> bool:
    """Whether a run of so many workers is said to slow down, through the product's report.

    `slower` is how much longer its last request takes than its first.
    """
    scenario = Scenario(shape=ClosedLoop(concurrency=workers), prompt=PromptPlan(text="x"))
    free, ready = [0.0] * slots, [(0.0, worker) for worker in range(workers)]
    builder = ReportBuilder(scenario)
    for number in range(count):
        sent, worker = heapq.heappop(ready)
        begun = max(sent, heapq.heappop(free))
        done = begun + service(kind, random) * (1 + (slower - 1) * number / count)
        heapq.heappush(free, done)
        heapq.heappush(ready, (done, worker))
        builder.add(record(number, sent, begun, done))
    return builder.build(RunFacts(tool_version="0", unix_ns=0, scenario=scenario)).overloaded


def record(number: int, sent: float, begun: float, done: float) -> RequestRecord:
    """One request of a second or so."""
    sent_ns, first_ns, done_ns = (round((1 + at) * 1e9) for at in (sent, begun, done))
    return RequestRecord(
        id=number,
        worker=0,
        phase=Phase.MEASURED,
        sent_ns=sent_ns,
        headers_ns=first_ns,
        first_token_ns=first_ns + 1,
        last_token_ns=done_ns,
        done_ns=done_ns,
        prompt_tokens=8,
        output_tokens=8,
    )


def closed_alarms(count: int, workers: int, slots: int, kind: str, slower: float, runs: int) -> float:
    """The share of closed loops that are said to slow down."""
    random = Random(f"{count} {workers} {slots} {kind} {slower}")
    alarms = (of_a_closed_loop(count, workers, slots, kind, slower, random) for _ in range(runs))
    return sum(alarms) / runs


def rows(runs: int) -> Iterator[dict[str, object]]:
    """One row a number of requests, for docs/verdicts.json: the worst of all kinds of service and slots."""
    for count in (60, 100, 300):
        for load in (0.5, 0.8, 0.95, 1.5, 2.0):
            told = [rate_of_alarms(count, load, slots, kind, runs) for kind in KINDS for slots in (1, 4)]
            yield row("arrivals", count, f"load {load:g}", runs, told)
    for count in (100, 300):
        for slower in (1.0, 2.0):
            cases = [
                (workers, slots, kind) for workers, slots in CLOSED for kind in ("uniform", "exponential")
            ]
            told = [closed_alarms(count, *case, slower, runs // 10) for case in cases]
            what = "steady" if slower == 1 else f"{slower:g} times as slow at its end"
            yield row("workers", count, what, runs // 10, told)


def row(shape: str, count: int, what: str, runs: int, told: list[float]) -> dict[str, object]:
    """From the case that is told least to the one that is told most."""
    return {
        "shape": shape,
        "requests": count,
        "server": what,
        "runs": runs,
        "least": min(told),
        "most": max(told),
    }


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
    print("closed loops: the same, and of servers that end up 2 and 3 times as slow")
    for kind in KINDS:
        for workers, slots in CLOSED:
            for count in (60, 100, 300):
                rates = (
                    closed_alarms(count, workers, slots, kind, slower, runs) for slower in (1.0, 2.0, 3.0)
                )
                print(
                    f"{kind:<11}  {workers:>2} of {slots}  {count:>8}  "
                    + "  ".join(f"{rate:5.1%}" for rate in rates),
                    flush=True,
                )


if __name__ == "__main__":
    main()
