"""How often a whole bench of equal variants calls any of them better or worse. Simulated.

Run it: `python -m tests.benchmarks.verdicts_bench`. The machine drifts, is noisy, and now and then disturbed.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from unittest.mock import patch

import msgspec

from rocmtui.core.bench.plan.cells import BenchPlan, Setup
from rocmtui.core.bench.plan.suite import DECODE, PREFILL, TTFT, BenchTest
from rocmtui.core.bench.plan.variant import Variant
from rocmtui.core.bench.summary import judged_places
from rocmtui.core.stats import change
from tests.fakes.auto_bench import Figures, carried_out
from tests.fakes.made_bench import made_results

PROMISED = 0.05
FIXED = BenchPlan(
    models=("m",),
    parallel=(1, 4),
    variants=(Variant(label="A"), Variant(label="B")),
    tests=(DECODE, TTFT, PREFILL),
    rounds=5,
)
AUTO = msgspec.structs.replace(FIXED, auto=True, rounds=20)


def machine(seed: str, *, slower: float = 1.0, noise: float = 0.015) -> Figures:
    """Figures of a machine that drifts; B is `slower` times as slow."""
    rng = random.Random(seed)
    clock = iter(range(10**6))

    def figures(setup: Setup, _test: BenchTest, _round: int) -> dict[str, float]:
        speed = (1 - 0.0002 * next(clock)) * (0.9 if rng.random() < 0.03 else 1.0)
        speed *= rng.lognormvariate(0, noise) / (slower if setup.variant.label == "B" else 1.0)
        return {"output_tps_per_request": 60 * speed, "prefill_tps": 400 * speed, "ttft": 90 / speed}

    return figures


def bench(plan: BenchPlan, seed: str, **how: float) -> tuple[list[str], int]:
    """Kinds of all verdicts, and how many measurements it took."""
    figures = machine(seed, **how)
    results = carried_out(plan, figures) if plan.auto else made_results(plan, figures)
    return [v.kind for row in judged_places(plan, results) for v in row.verdicts], len(results.cells)


def rows(benches: int, *, seed: int = 1) -> Iterator[dict[str, object]]:
    """Equal variants, then a slower one, with fixed rounds and with rounds auto."""
    for name, plan in (("5 rounds", FIXED), ("rounds auto", AUTO)):
        for slower in (1.0, 1.03, 1.1):
            count = benches if slower == 1.0 else max(benches // 10, 10)
            # The bootstrap is only ever wider than Student's interval: fewer resamples change nothing much.
            with patch.object(change, "RESAMPLES", 200):
                found = [bench(plan, f"{seed} {run}", slower=slower) for run in range(count)]
            verdicts = [kind for kinds, _ in found for kind in kinds if kind != "none"]
            yield {
                "bench": name,
                "slower": slower,
                "benches": count,
                "any": sum(bool({"better", "worse"} & set(kinds)) for kinds, _ in found) / count,
                "told": sum(kind in ("better", "worse") for kind in verdicts) / len(verdicts),
                "measurements": sum(cells for _, cells in found) / count,
                "fixed_10": 10 * 2 * 6,
            }


if __name__ == "__main__":
    print(f"promised: of benches of equal variants, at most {PROMISED:.2f} with any verdict")
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 1000):
        print(
            f"{row['bench']:12} B {row['slower']:.2f} as slow: benches with a verdict {row['any']:.3f}, "
            f"rows told {row['told']:.2f}, "
            f"measurements {row['measurements']:.0f} (10 rounds: {row['fixed_10']})",
            flush=True,
        )
