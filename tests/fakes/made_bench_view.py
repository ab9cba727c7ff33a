"""Benches for the bench screen: half way, done, failed, and one to control."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from rocmtui.core.bench.plan.cells import BenchPlan, Setup, setups, starts
from rocmtui.core.bench.plan.suite import CONCURRENT, DECODE, PREFILL, TTFT, BenchTest
from rocmtui.core.bench.plan.variant import Variant
from rocmtui.core.bench.result import BenchResults, StartResult
from rocmtui.core.bench.summary import summary_rows
from rocmtui.core.bench.view import BenchPhase, BenchView
from tests.fakes.made_bench import made_results

PLAN = BenchPlan(
    models=("/m/gemma-3-270m-q4_k_m.gguf", "/m/SmolLM2-135M-Instruct.Q4_1.gguf"),
    parallel=(1, 4),
    variants=(Variant(label="fa on", flags=("-fa", "on")), Variant(label="fa off", flags=("-fa", "off"))),
    tests=(DECODE, TTFT, PREFILL, CONCURRENT),
    rounds=5,
    title="flash attention on two models",
)
NOISE = (1.0, 1.01, 0.99, 1.005, 0.995)


def figures(setup: Setup, test: BenchTest, round_: int) -> dict[str, float]:
    """`fa off` is a fifth slower, but for TTFT."""
    factor = NOISE[round_] * (0.8 if setup.variant.label == "fa off" else 1.0)
    tps = 62.0 * factor
    return {
        "output_tps_per_request": tps,
        "output_tps": tps * setup.parallel * 0.7,
        "prefill_tps": 410 * factor,
        "ttft": 91.0 / NOISE[round_],
    }


def bench_view(cells: int = 30, *, phase: BenchPhase = "measuring", failed: bool = False) -> BenchView:
    """The bench after `cells` cells; with `failed`, a variant that does not start."""
    results = made_results(PLAN, figures)
    results = BenchResults(cells=results.cells[:cells], starts=[])
    if cells > 3:
        results.cells[2] = msgspec.structs.replace(results.cells[2], warnings=("the client was busy",))
        results.cells[3] = msgspec.structs.replace(results.cells[3], error="no request completed", metrics={})
    if failed:
        off = setups(PLAN, PLAN.models[1])[1]
        error = "out of memory \x1b[31m[bold]: 14.2 GiB asked for, 3.1 free"
        results.add(StartResult(setup=off.key, model=off.model, parallel=1, round=0, error=error))
    keys = {cell.key for cell in results.cells}
    todo = starts(PLAN, keys)
    running = phase not in ("done", "interrupted", "idle") and bool(todo)
    return BenchView(
        plan=PLAN,
        phase=phase,
        setup=todo[0].setup if running else None,
        test=todo[0].tests[0].name if running else None,
        round=todo[0].round if running else 0,
        cells_done=cells,
        cells_total=160,
        seconds_left=754.0 if running else 0.0,
        cells=tuple(results.cells),
        starts=tuple(results.starts),
        rows=summary_rows(PLAN, results),
    )


class MadeBench:
    """Implements core.bench_view.BenchControl."""

    where = "/home/u/benches/night"

    def __init__(self, view: BenchView) -> None:
        self.view = view
        self.running = view.phase not in ("done", "interrupted")
        self.calls: list[str] = []

    async def run(self) -> None:
        self.calls.append("run")

    async def stop(self) -> None:
        self.calls.append("stop")
        self.running = False

    def text(self) -> Callable[[int | None], str]:
        return lambda _: "model  slots\ngemma      1"
