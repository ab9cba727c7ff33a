"""A bench in the app: its report is written whatever ends it."""

from __future__ import annotations

import asyncio

import pytest

from rocmtui.core.report.document import Tool
from rocmtui.core.sweep.report import SweepPlan, SweepReport, TriedLevel, advice_of
from rocmtui.services.bench.job import BenchJob
from rocmtui.services.bench.sweep_job import SweepJob
from tests.fakes.bench_session import MadeSession, StepClock
from tests.services.bench.test_runner import Bench
from tests.services.bench.test_sweep import speed as sweep_speed
from tests.services.bench.test_sweep import sweep_plan


def job_of(bench: Bench) -> tuple[BenchJob, list[bool]]:
    ends: list[bool] = []
    return BenchJob(bench.runner, "/b", ends.append, lambda: "text"), ends


async def test_the_end_writes_the_report() -> None:
    bench = Bench()
    job, ends = job_of(bench)
    await job.run()
    assert (ends, job.running, job.view.phase) == ([False], False, "done")


@pytest.mark.parametrize("cancelled", [True, False])
async def test_stopping_and_cancelling_write_the_report_of_an_interrupted_bench(cancelled: bool) -> None:
    bench = Bench()
    bench.session.hangs = True
    job, ends = job_of(bench)
    running = asyncio.create_task(job.run())
    while not job.running:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    if cancelled:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    else:
        await job.stop()
        await running
    assert (ends, job.running, job.view.phase) == ([True], False, "interrupted")


async def test_a_sweep_keeps_its_report_up_with_it_and_says_how_it_ended() -> None:
    written: list[tuple[int, bool]] = []

    def report(tried: tuple[TriedLevel, ...], interrupted: bool) -> SweepReport:
        written.append((len(tried), interrupted))
        best, advice = advice_of(plan, tried)
        return SweepReport(
            tool=Tool(version="0"), started_at="", ended="", plan=plan, levels=tried, best=best, advice=advice
        )

    plan, session = sweep_plan("concurrency", loads=(1, 2)), MadeSession(StepClock(), sweep_speed)
    job = SweepJob(plan, session, "/s", report)
    await job.run()
    assert written == [(0, True), (1, True), (2, True), (3, True), (3, False)]
    assert (job.view.phase, job.view.best, job.view.load) == ("done", 2, None)
    assert job.view.advice.startswith("up to 2 requests at a time")


async def test_a_sweep_that_is_stopped_is_reported_as_interrupted() -> None:
    plan, session = sweep_plan("concurrency", loads=(1, 2)), MadeSession(StepClock(), sweep_speed)
    session.hangs = True
    job = SweepJob(plan, session, "/s", lambda tried, _: made_sweep_report(plan, tried))
    running = asyncio.create_task(job.run())
    while job.view.load is None:
        await asyncio.sleep(0)
    await job.stop()
    await running
    assert (job.view.phase, job.running, session.log[-1]) == ("interrupted", False, "stop load interrupted")


def made_sweep_report(plan: SweepPlan, tried: tuple[TriedLevel, ...]) -> SweepReport:
    return SweepReport(tool=Tool(version="0"), started_at="", ended="", plan=plan, levels=tried)
