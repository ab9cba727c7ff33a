"""A bench of its own rounds carried out at once, its figures made by rule."""

from __future__ import annotations

from collections.abc import Callable

from rocmtui.core.bench.plan.cells import BenchPlan, Setup
from rocmtui.core.bench.plan.suite import BenchTest
from rocmtui.core.bench.result import BenchResults, CellResult
from rocmtui.core.bench.rounds import next_starts

Figures = Callable[[Setup, BenchTest, int], dict[str, float]]


def carried_out(plan: BenchPlan, figures: Figures) -> BenchResults:
    """Every round the bench asks for."""
    results = BenchResults()
    while todo := next_starts(plan, results):
        for start in todo:
            for test in start.tests:
                results.add(
                    CellResult(
                        setup=start.setup.key,
                        model=start.setup.model,
                        parallel=start.setup.parallel,
                        test=test.name,
                        kind=test.kind,
                        round=start.round,
                        metrics=figures(start.setup, test, start.round),
                    )
                )
    return results
