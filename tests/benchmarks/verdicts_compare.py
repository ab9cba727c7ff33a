"""How often `rocmtui compare` calls equal servers worse, and how often it finds a slower one. Simulated.

Run it: `python -m tests.benchmarks.verdicts_compare`. Runs are made of requests whose luck has three parts:
that of the run (between starts), that of the moment (shared by neighbours) and its own.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Iterator

from rocmtui.core.compare.run_side import run_side
from rocmtui.core.compare.sides import Side, merged
from rocmtui.core.compare.verdicts import compare
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.report.build import ReportBuilder
from rocmtui.core.report.document import Machine, Server
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.record import Phase, RequestRecord, ServerTimings

PROMISED = 0.05
MS = 1_000_000
SCENARIO = Scenario(shape=ClosedLoop(concurrency=4), prompt=PromptPlan(tokens=32), requests=60)
FACTS = RunFacts(
    tool_version="0",
    unix_ns=0,
    scenario=SCENARIO,
    machine=Machine(cpu="Ryzen", cpu_count=8),
    server=Server(model="gemma", model_hash="abc", parallel=4),
)


def run_of(rng: random.Random, *, slower: float = 1.0, between: float = 0.03, requests: int = 60) -> Side:
    """One run of four streams, 33 tokens a request; `between`: deviation of a whole run's speed."""
    run, level, free = rng.gauss(0, between), 0.0, [0] * 4
    records = []
    for number in range(requests):
        level = 0.7 * level + rng.gauss(0, 0.03)
        luck = math.exp(run + level) * slower
        worker = min(range(4), key=lambda index: free[index])
        sent = free[worker]
        ttft_ms = 40 * luck * rng.lognormvariate(0, 0.2)
        itl_ms = 12 * luck * rng.lognormvariate(0, 0.03)
        first, last = sent + round(ttft_ms * MS), sent + round((ttft_ms + 32 * itl_ms) * MS)
        free[worker] = last
        records.append(
            RequestRecord(
                id=number,
                worker=worker,
                phase=Phase.MEASURED,
                sent_ns=sent,
                headers_ns=sent + MS,
                first_token_ns=first,
                last_token_ns=last,
                done_ns=last,
                prompt_tokens=32,
                cached_tokens=0,
                output_tokens=33,
                timings=ServerTimings(
                    prompt_n=32, prompt_ms=ttft_ms * 0.9, predicted_n=33, predicted_ms=32 * itl_ms
                ),
            )
        )
    builder = ReportBuilder(SCENARIO)
    for record in records:
        builder.add(record)
    return run_side("run", builder.build(FACTS), records)


def told(rng: random.Random, runs: int, *, slower: float = 1.0, between: float = 0.03) -> set[str]:
    """Kinds of verdict of one comparison with so many runs a side."""
    a = merged("A", [run_of(rng, between=between) for _ in range(runs)])
    b = merged("B", [run_of(rng, between=between, slower=slower) for _ in range(runs)])
    return {row.verdict.kind for row in compare(a, b).rows}


def rows(comparisons: int, *, seed: int = 1) -> Iterator[dict[str, object]]:
    """Equal servers at several spreads between runs; then slower ones."""
    for runs in (1, 3, 5):
        for between in (0.0, 0.01, 0.03, 0.1):
            rng = random.Random(f"{seed} {runs} {between}")
            kinds = [told(rng, runs, between=between) for _ in range(comparisons)]
            yield {
                "runs": runs,
                "between": between,
                "slower": 1.0,
                "comparisons": comparisons,
                "worse": sum("worse" in kind for kind in kinds) / comparisons,
                "any": sum(bool(kind & {"worse", "better"}) for kind in kinds) / comparisons,
            }
    for runs, slower in ((3, 1.1), (3, 1.2), (5, 1.1)):
        rng = random.Random(f"{seed} {runs} {slower}")
        kinds = [told(rng, runs, slower=slower, between=0.01) for _ in range(max(comparisons // 4, 10))]
        yield {
            "runs": runs,
            "between": 0.01,
            "slower": slower,
            "comparisons": len(kinds),
            "worse": sum("worse" in kind for kind in kinds) / len(kinds),
            "any": sum("better" in kind for kind in kinds) / len(kinds),
        }


if __name__ == "__main__":
    print(f"promised: of equal servers, at most {PROMISED:.2f} of comparisons with any verdict")
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 200):
        print(
            f"{row['runs']} runs a side, spread {row['between']:.2f}, B {row['slower']:.2f} as slow: "
            f"worse {row['worse']:.3f}, better or worse {row['any']:.3f}",
            flush=True,
        )
