"""How often `rocmtui sweep` advises more than a server can bear, and how much of it it finds. Simulated.

Run it: `python -m tests.benchmarks.verdicts_sweep`. Each search runs the product's own steps on made servers
with slots, whose requests take a random time: the records go through the report to the level, as in a sweep.
"""

from __future__ import annotations

import heapq
import random
import sys
from collections.abc import Callable, Iterator

from rocmtui.core.load.arrivals import arrival_offsets_ns
from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, PromptPlan, Scenario
from rocmtui.core.report.build import ReportBuilder
from rocmtui.core.report.document import Server
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.sweep.plan import Level, SweepGoal, advised, load_to_confirm, next_load
from rocmtui.core.sweep.report import SweepPlan, level_of

PROMISED = {"at most the capacity": 0.95, "at least 85 % of it": 0.80}
SECONDS = 20.0
TOKENS = 32


class MadeServer:
    """So many slots; a request takes `prefill_s` and then `decode_s`, each times its own luck."""

    def __init__(self, slots: int, prefill_s: float, decode_s: float, spread: float) -> None:
        self.slots, self.prefill_s, self.decode_s, self.spread = slots, prefill_s, decode_s, spread

    def served(self, scenario: Scenario, rng: random.Random) -> list[RequestRecord]:
        """The records of a load."""
        free = [0.0] * self.slots
        shape, seconds = scenario.shape, scenario.duration_s or SECONDS
        if isinstance(shape, OpenLoop):
            offsets = arrival_offsets_ns(shape.rate, shape.arrivals, scenario.seed)
            return [self._one(i, at / 1e9, free, rng) for i, at in enumerate(_until(offsets, seconds))]
        workers = [0.0] * shape.concurrency
        records = []
        while workers:
            sent = heapq.heappop(workers)
            if sent < seconds:
                records.append(self._one(len(records), sent, free, rng))
                heapq.heappush(workers, records[-1].done_ns / 1e9)
        return records

    def times(self, begun: float, rng: random.Random) -> tuple[float, float]:
        """When a request that began then has its first and its last token."""
        first = begun + self.prefill_s * rng.lognormvariate(0, self.spread)
        return first, first + self.decode_s * rng.lognormvariate(0, self.spread)

    def _one(self, number: int, sent: float, free: list[float], rng: random.Random) -> RequestRecord:
        begun = max(sent, free[0])
        first, last = self.times(begun, rng)
        heapq.heapreplace(free, last)
        sent_ns, begun_ns, first_ns, last_ns = (round(at * 1e9) for at in (sent, begun, first, last))
        return RequestRecord(
            id=number,
            worker=0,
            phase=Phase.MEASURED,
            sent_ns=sent_ns,
            headers_ns=begun_ns,
            first_token_ns=first_ns,
            last_token_ns=last_ns,
            done_ns=last_ns,
            prompt_tokens=32,
            output_tokens=TOKENS,
        )


def _until(offsets: Iterator[int], seconds: float) -> Iterator[int]:
    for at in offsets:
        if at >= seconds * 1e9:
            return
        yield at


def search(plan: SweepPlan, server: MadeServer, seed: int) -> float | None:
    """What one sweep advises."""
    rng, seen = random.Random(seed), list[Level]()

    def look(load: float, *, confirms: bool) -> None:
        scenario = plan.scenario_for(load, confirms=confirms)
        builder = ReportBuilder(scenario)
        for record in server.served(scenario, rng):
            builder.add(record)
        facts = RunFacts(tool_version="0", unix_ns=0, scenario=scenario, server=Server(parallel=server.slots))
        seen.append(level_of(load, builder.build(facts), confirms=confirms))

    while (load := next_load(plan.goal, seen)) is not None:
        look(load, confirms=False)
    while (load := load_to_confirm(plan.goal, seen)) is not None:
        look(load, confirms=True)
    best = advised(plan.goal, seen)
    return None if best is None else best.load


def made_plan(axis: str, seed: int, *slo: str) -> SweepPlan:
    """A sweep with the command's own defaults."""
    shape = OpenLoop(rate=1, arrivals="poisson") if axis == "rate" else ClosedLoop(concurrency=1)
    scenario = Scenario(
        shape=shape, prompt=PromptPlan(tokens=32), duration_s=SECONDS, slo=slo, max_tokens=TOKENS, seed=seed
    )
    goal = SweepGoal(axis="rate" if axis == "rate" else "concurrency", limit=100 if axis == "rate" else 64)
    return SweepPlan(goal=goal, scenario=scenario)


def most_rate_within(server: MadeServer, limit_s: float, share: float, arrivals: int = 400_000) -> float:
    """The highest rate whose TTFT percentile is within a limit in the long run, by long simulation."""
    low, high = 0.0, server.slots / (server.prefill_s + server.decode_s)
    for _ in range(9):
        rate, rng, free, at, late = (low + high) / 2, random.Random(5), [0.0] * server.slots, 0.0, 0
        for _ in range(arrivals):
            at += rng.expovariate(rate)
            first, last = server.times(max(at, free[0]), rng)
            heapq.heapreplace(free, last)
            late += first - at > limit_s
        low, high = (rate, high) if late <= (1 - share) * arrivals else (low, rate)
    return low


EVEN = MadeServer(8, 0.05, 0.6, 0.1)
UNEVEN = MadeServer(4, 0.1, 0.5, 0.6)
CASES: dict[str, tuple[MadeServer, Callable[[int], SweepPlan]]] = {
    "workers, 8 slots": (EVEN, lambda seed: made_plan("concurrency", seed)),
    "rate, even requests": (EVEN, lambda seed: made_plan("rate", seed)),
    "rate, uneven requests": (UNEVEN, lambda seed: made_plan("rate", seed)),
    "rate under ttft_p95<500ms": (EVEN, lambda seed: made_plan("rate", seed, "ttft_p95<500ms")),
}


def capacity_of(case: str) -> float:
    """The true capacity of a case."""
    server, _ = CASES[case]
    if case.startswith("workers"):
        return server.slots
    if "under" in case:
        return most_rate_within(server, 0.5, 0.95)
    luck = 2.718281828 ** (server.spread**2 / 2)
    return server.slots / ((server.prefill_s + server.decode_s) * luck)


def rows(searches: int, *, seed: int = 1) -> Iterator[dict[str, object]]:
    """One row a case."""
    for case, (server, make) in CASES.items():
        capacity = capacity_of(case)
        found = [search(make(seed * 1000 + run), server, seed * 1000 + run) for run in range(searches)]
        told = [load for load in found if load is not None]
        yield {
            "case": case,
            "searches": searches,
            "capacity": capacity,
            "advised": len(told) / searches,
            "within": sum(load is None or load <= capacity for load in found) / searches,
            "enough": sum(load >= 0.85 * capacity for load in told) / searches,
        }


if __name__ == "__main__":
    print("promised: at most the capacity 0.95, at least 85 % of it 0.80")
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 200):
        print(
            f"{row['case']:28} capacity {row['capacity']:.3g}: at most that {row['within']:.3f}, "
            f"85 % or more {row['enough']:.3f} (advice in {row['advised']:.3f})",
            flush=True,
        )
