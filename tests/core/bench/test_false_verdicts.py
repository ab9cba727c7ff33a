"""Whole suites of equal variants: false verdicts stay within the interval's share."""

from __future__ import annotations

import random

from rocmtui.core.bench.plan.cells import BenchPlan, Setup
from rocmtui.core.bench.plan.suite import SUITE, BenchTest
from rocmtui.core.bench.plan.variant import Variant
from rocmtui.core.bench.summary import summary_rows
from tests.fakes.made_bench import made_results

PLAN = BenchPlan(
    models=("m",),
    parallel=(1, 4),
    variants=(Variant(label="A"), Variant(label="B")),
    tests=SUITE,
    rounds=4,
)


def suite(seed: int, factor: float = 1.0) -> list[str]:
    """Kinds of all verdicts of a suite on a machine that drifts, is noisy and now and then disturbed."""
    rng = random.Random(seed)
    clock = iter(range(10**6))

    def figures(setup: Setup, test: BenchTest, _round: int) -> dict[str, float]:
        del test
        drift = 1 - 0.0005 * next(clock)
        disturbed = 0.8 if rng.random() < 0.05 else 1.0
        speed = 100 * drift * disturbed * (1 + rng.gauss(0, 0.02))
        speed *= factor if setup.variant.label == "B" else 1.0
        tags = ("output_tps", "output_tps_per_request", "prefill_tps", "ttft")
        return {tag: speed * (1 + rng.gauss(0, 0.01)) for tag in tags}

    rows = summary_rows(PLAN, made_results(PLAN, figures))
    return [row.verdicts[0].kind for row in rows]


def test_of_benches_of_equal_variants_one_in_twenty_at_most_says_anything() -> None:
    benches = [suite(seed) for seed in range(60)]
    false = sum(any(kind in ("better", "worse") for kind in kinds) for kinds in benches)
    # 5 % of 60 is 3; 8 is three standard deviations of the binomial above it.
    assert false <= 8


def test_a_slow_variant_is_never_called_fast() -> None:
    kinds = [kind for seed in range(3) for kind in suite(seed, factor=0.7)]
    speeds = [kind for index, kind in enumerate(kinds) if index % 5 != 1]
    assert "better" not in speeds
    assert speeds.count("worse") >= len(speeds) * 0.8
