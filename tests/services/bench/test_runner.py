"""The bench runner against made-up servers: order, repeats, failures, interruption, resume."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from rocmtui.core.bench.plan.cells import BenchPlan, starts
from rocmtui.core.bench.plan.suite import DECODE, TTFT
from rocmtui.core.bench.report import BenchReport, summed_up
from rocmtui.core.bench.result import BenchResults, CellResult
from rocmtui.core.bench.settling import MachineReading
from rocmtui.core.gpu.reading import GpuReading, GpuSample
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.report.audit.figures import Audit
from rocmtui.core.report.document import Tool
from rocmtui.core.server.state import LaunchPlan
from rocmtui.services.bench.runner import BenchRunner
from tests.fakes.bench_session import PLAN, Kept, MadeMachine, MadeSession, StepClock


def speed(plan: LaunchPlan, _scenario: Scenario) -> float:
    return 100.0 if plan.flash_attn == "on" else 90.0


class Bench:
    """A runner with everything around it."""

    def __init__(self, plan: BenchPlan = PLAN, results: BenchResults | None = None) -> None:
        self.clock = StepClock()
        self.session = MadeSession(self.clock, speed)
        self.kept, self.machine = Kept(), MadeMachine()
        self.runner = BenchRunner(
            plan, self.session, self.kept, self.machine, self.clock, results, self.kept.changed
        )

    @property
    def cells(self) -> list[CellResult]:
        return self.runner.results.cells


async def test_rounds_run_a_b_b_a_each_on_a_fresh_server_with_its_seed() -> None:
    bench = Bench()
    await bench.runner.run()
    assert bench.session.log == [
        *("start on np1", "load 128 seed 1", "stop", "start off np1", "load 128 seed 1", "stop"),
        *("start off np1", "load 128 seed 2", "stop", "start on np1", "load 128 seed 2", "stop"),
        *("start on np1", "load 128 seed 3", "stop", "start off np1", "load 128 seed 3", "stop"),
    ]
    view = bench.kept.views[-1]
    assert (view.phase, view.cells_done, view.cells_total, view.seconds_left) == ("done", 6, 6, 0)
    assert view.rows[0].verdicts[0].text == "10.0 % slower (10.0 to 10.0)"


async def test_every_result_is_stored_before_the_next_step() -> None:
    bench = Bench()
    await bench.runner.run()
    assert [type(line).__name__ for line in bench.kept.lines] == ["CellResult", "StartResult"] * 6
    start = bench.runner.results.starts[0]
    assert (start.load_seconds, start.error, start.build, len(start.gpu)) == (2.0, None, "b1", 1)
    assert (bench.cells[0].run_dir, bench.cells[0].completed, bench.cells[0].seconds) == ("001", 5, 4.0)


async def test_what_is_warned_of_at_a_start_is_kept_with_it() -> None:
    bench = Bench()
    bench.session.warns = "it does not fit: 21.0 GiB on a card of 16.0 GiB"
    await bench.runner.run()
    results = bench.runner.results
    assert {start.notes for start in results.starts} == {(bench.session.warns,)}
    begun = BenchReport(tool=Tool(version="0"), started_at="", ended="done", seconds=0.0, plan=PLAN)
    assert f"6 of 6 starts: {bench.session.warns}" in summed_up(begun, results).warnings


async def test_a_variant_that_does_not_start_is_told_once_and_the_rest_goes_on() -> None:
    bench = Bench()
    bench.session.will_not_start = lambda plan: "out of memory" if plan.flash_attn == "on" else None
    await bench.runner.run()
    assert bench.session.log.count("start on np1") == 1
    assert len(bench.cells) == 3
    errors = [start.error for start in bench.runner.results.starts if start.error]
    assert errors == ["out of memory: try less"]


async def test_an_error_of_the_start_itself_is_a_row_too() -> None:
    bench = Bench()
    bench.session.will_not_start = lambda _plan: "raise"
    await bench.runner.run()
    assert [start.error for start in bench.runner.results.starts] == ["no such binary"] * 2
    assert bench.kept.views[-1].phase == "done"


async def test_a_cell_whose_audit_warns_is_repeated_once_then_marked() -> None:
    bench = Bench()
    bench.session.audit = lambda _scenario: Audit(client_cpu_fraction=0.95)
    await bench.runner.run()
    assert bench.session.log[:4] == ["start on np1", "load 128 seed 1", "load 128 seed 1", "stop"]
    assert (bench.cells[0].attempts, bench.cells[0].warnings) == (2, ("the client used 95 % of a core",))
    assert any(view.note.startswith("tg128 is repeated") for view in bench.kept.views)


async def test_a_repeat_that_went_well_counts() -> None:
    audits = iter([Audit(loop_lag_ms_p99=9.0), *(Audit() for _ in range(6))])
    bench = Bench()
    bench.session.audit = lambda _scenario: next(audits)
    await bench.runner.run()
    assert [(cell.attempts, cell.warnings) for cell in bench.cells[:2]] == [(2, ()), (1, ())]


async def test_a_server_that_dies_ends_its_start_and_no_more() -> None:
    plan = BenchPlan(models=("m",), tests=(DECODE, TTFT), rounds=2, settle_s=0)
    bench = Bench(plan)
    bench.session.dies_in = lambda scenario: (scenario.max_tokens, scenario.seed) == (128, 1)
    await bench.runner.run()
    assert [(c.test, c.round, c.error is None) for c in bench.cells] == [
        ("tg128", 0, False),
        ("tg128", 1, True),
        ("ttft32", 1, True),
    ]
    assert bench.cells[0].error == "the server was killed: more memory"
    assert bench.runner.results.starts[0].error == "the server was killed: more memory"


async def test_ctrl_c_keeps_what_is_measured_and_resume_does_only_the_rest() -> None:
    bench = Bench()
    running = asyncio.create_task(bench.runner.run())
    while len(bench.cells) < 3:
        await asyncio.sleep(0)
    bench.session.hangs = True
    while "load 128 seed 2" not in bench.session.log[-1:]:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert bench.session.log[-1] == "stop load interrupted"
    last = bench.kept.views[-1]
    assert (last.phase, last.current) == ("interrupted", None)
    kept = bench.runner.results
    rest = Bench(results=kept)
    await rest.runner.run()
    assert len(rest.session.log) == 3 * (6 - 3)
    assert starts(PLAN, rest.runner.results.done) == ()


async def test_the_time_left_shrinks_to_nothing() -> None:
    bench = Bench()
    await bench.runner.run()
    left = [view.seconds_left for view in bench.kept.views if view.seconds_left is not None]
    assert left[0] == pytest.approx(5 * 6.0)
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0.0


async def test_a_card_is_watched_for_what_a_stopped_server_gives_back() -> None:
    bench = Bench()
    bench.session.gpu = GpuSample(at_ns=0, gpus=(GpuReading(pci="0000:03:00.0", name="RX 7800 XT"),))
    await bench.runner.run()
    assert bench.clock.monotonic_ns() == 6 * (2.0 + 1.0 + 3.0 + 2.5) * 1e9


@pytest.mark.parametrize("settle_s", [0.0, 10.0])
async def test_a_noisy_machine_is_waited_for_and_recorded(settle_s: float) -> None:
    plan = BenchPlan(models=("m",), tests=(DECODE,), rounds=1, settle_s=settle_s)
    bench = Bench(plan)
    busy = MachineReading(load_average=3.0, cores=2, busy_cores=1.8)
    bench.machine.readings = [MachineReading(cores=2), *[busy] * 40]
    await bench.runner.run()
    seen = bench.cells[0].seen
    assert (seen.waited_s, seen.load_average) == (settle_s, 3.0)
    assert seen.unsettled == ("other programs keep 1.8 cores busy",)


async def test_rounds_auto_ends_where_everything_is_decided() -> None:
    bench = Bench(msgspec.structs.replace(PLAN, auto=True, rounds=30))
    await bench.runner.run()
    view = bench.kept.views[-1]
    assert (view.phase, view.cells_done, view.cells_total, view.seconds_left) == ("done", 6, 6, 0)
    assert view.rows[0].verdicts[0].kind == "worse"


async def test_rounds_auto_goes_on_while_nothing_is_decided() -> None:
    noise = iter(range(1000))
    bench = Bench(msgspec.structs.replace(PLAN, auto=True, rounds=7))
    bench.session.speed = lambda _plan, _scenario: 100.0 * (1 + 0.2 * ((next(noise) * 7919) % 13) / 13)
    await bench.runner.run()
    assert bench.kept.views[-1].cells_done == 14
