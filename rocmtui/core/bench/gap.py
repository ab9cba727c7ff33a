"""llama-bench beside the server: the same test, and what explains the gap."""

from __future__ import annotations

from rocmtui.core.bench.plan.cells import BenchPlan, Setup, setups
from rocmtui.core.bench.plan.suite import BenchTest
from rocmtui.core.bench.report import LlamaBenchRow
from rocmtui.core.bench.result import BenchResults
from rocmtui.core.bench.summary import figure_of, rounds_of
from rocmtui.core.text import forms

_TAGS = {"decode": "output_tps_per_request", "prefill": "prefill_tps"}
_REASONS = {
    "decode": "llama-bench decodes from an empty context without sampling, text or HTTP",
    "prefill": "the server's time ends with the first sampled token and includes making the batch",
}


_AT_DEPTH = "llama-bench fills the context itself: no sampling, text or HTTP"


def comparable_tests(plan: BenchPlan) -> tuple[BenchTest, ...]:
    """The tests llama-bench has too."""
    return tuple(test for test in plan.tests if test.kind in _TAGS)


def comparable_setups(plan: BenchPlan) -> tuple[Setup, ...]:
    """One setup for each model and variant: llama-bench knows no slots, so the fewest are set beside it."""
    fewest, ctx = min(plan.parallel), plan.contexts[0]
    return tuple(setup for setup in setups(plan) if (setup.parallel, setup.ctx) == (fewest, ctx))


def gap_row(
    plan: BenchPlan, results: BenchResults, setup: Setup, name: str, tps: float, std: float | None
) -> LlamaBenchRow | None:
    """A row of the table; None for a test that is not in the bench."""
    test = next((test for test in comparable_tests(plan) if test.name == name), None)
    if test is None:
        return None
    ours = figure_of("", rounds_of(plan, results, setup, test.name, _TAGS[test.kind])).median
    gap = "" if ours is None or tps <= 0 else f"{forms.points(ours / tps - 1, sign=True)} % here: "
    return LlamaBenchRow(
        model=setup.model,
        variant=setup.variant.label,
        name=name,
        tps=tps,
        std=std,
        ours=ours,
        note=f"{gap}{_AT_DEPTH if test.depth else _REASONS[test.kind]}",
    )
