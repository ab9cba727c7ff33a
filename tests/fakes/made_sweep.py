"""Sweeps for the sweep screen, and one to control."""

from __future__ import annotations

from collections.abc import Callable

from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.sweep.plan import Level, SweepGoal
from rocmtui.core.sweep.report import SweepPlan, TriedLevel, advice_of
from rocmtui.core.sweep.view import SweepPhase, SweepView

PLAN = SweepPlan(
    goal=SweepGoal(axis="parallel"),
    launch=LaunchPlan(model="/m/gemma.gguf"),
    scenario=Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(tokens=32), slo=("ttft_p95<1s",)),
    title="how many slots",
)


def level(slots: int) -> Level:
    """Grows up to 8 slots, then only waits."""
    return Level(
        load=slots,
        output_tps=60.0 * min(slots, 8) ** 0.7,
        output_tps_per_request=60.0 * min(slots, 8) ** 0.7 / slots,
        ttft_p50_ms=80.0 * slots**0.5,
        ttft_p95_ms=120.0 * slots**0.9,
        itl_p50_ms=16.0,
        slo_met=120.0 * slots**0.9 < 1000,
    )


def sweep_view(*slots: int, phase: SweepPhase = "running", failed: int | None = None) -> SweepView:
    """A sweep that tried these; `failed` could not be started."""
    levels = [level(count) for count in slots]
    if failed is not None:
        levels.append(Level(load=failed, problem="out of memory \x1b[31m[bold]: try fewer slots"))
    command = ("llama-server", "-m", "/m/gemma.gguf", "--port", "40001", "-np", "8")
    tried = tuple(TriedLevel(level=one, command=command) for one in levels)
    best, advice = advice_of(PLAN, tried)
    return SweepView(
        plan=PLAN,
        phase=phase,
        load=12 if phase == "running" else None,
        tried=tried,
        best=best,
        advice=advice if tried else "",
    )


class MadeSweep:
    """Implements core.sweep_view.SweepControl."""

    where = "/home/u/sweeps/night"

    def __init__(self, view: SweepView) -> None:
        self.view = view
        self.running = view.phase == "running"
        self.calls: list[str] = []

    async def run(self) -> None:
        self.calls.append("run")

    async def stop(self) -> None:
        self.calls.append("stop")
        self.running = False

    def text(self) -> Callable[[int | None], str]:
        return lambda _: "slots  tok/s"
