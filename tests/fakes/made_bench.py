"""Bench results made by rule: no server, known truth."""

from __future__ import annotations

from collections.abc import Callable

from rocmtui.core.bench.plan.cells import BenchPlan, Setup, starts
from rocmtui.core.bench.plan.suite import BenchTest
from rocmtui.core.bench.result import BenchResults, CellResult, StartResult
from rocmtui.core.gpu.reading import GpuSummary

Metrics = Callable[[Setup, BenchTest, int], dict[str, float]]
GIB = 1024**3


def made_results(plan: BenchPlan, metrics: Metrics) -> BenchResults:
    """Every start and cell of `plan`, with the figures `metrics` says."""
    results = BenchResults()
    for start in starts(plan):
        setup = start.setup
        before, loaded = 2 * GIB, 2 * GIB + 4 * GIB + setup.parallel * GIB // 2
        results.add(
            StartResult(
                setup=setup.key,
                model=setup.model,
                parallel=setup.parallel,
                round=start.round,
                load_seconds=2.0 + start.round,
                command=("llama-server", "-m", setup.model, "-np", str(setup.parallel), *setup.variant.flags),
                build="b9120",
                gpu=(
                    GpuSummary(
                        pci="0000:03:00.0",
                        name="RX 7800 XT",
                        vram_before_bytes=before,
                        vram_loaded_bytes=loaded,
                        vram_peak_bytes=loaded + GIB // 4,
                        vram_after_bytes=before,
                    ),
                ),
            )
        )
        for test in start.tests:
            results.add(
                CellResult(
                    setup=setup.key,
                    model=setup.model,
                    parallel=setup.parallel,
                    test=test.name,
                    kind=test.kind,
                    round=start.round,
                    metrics=metrics(setup, test, start.round),
                    completed=test.requests,
                    seconds=3.0,
                    measured_seconds=2.0,
                    cached_fraction=0.0,
                )
            )
    return results
