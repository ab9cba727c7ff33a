"""The sweep runner against made-up servers."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, PromptPlan, Scenario
from rocmtui.core.report.document import Machine, Tool
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.sweep.plan import SweepAxis, SweepGoal
from rocmtui.core.sweep.report import OTHER_SEED, SweepPlan, SweepReport, TriedLevel, advice_of
from rocmtui.core.sweep.text import bar, sweep_markdown, sweep_text
from rocmtui.services.bench.sweep import SweepRunner
from tests.fakes.bench_session import MadeSession, StepClock

LOAD = Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(tokens=32), duration_s=10.0)


def speed(plan: LaunchPlan, scenario: Scenario) -> float:
    """30 tok/s a stream, as many as there are slots."""
    assert isinstance(scenario.shape, ClosedLoop)
    return 30.0 * min(scenario.shape.concurrency, plan.parallel)


def sweep_plan(axis: SweepAxis, *, parallel: int = 4, loads: tuple[float, ...] = ()) -> SweepPlan:
    goal = SweepGoal(axis=axis, loads=loads, limit=16)
    return SweepPlan(goal=goal, launch=LaunchPlan(model="m.gguf", parallel=parallel), scenario=LOAD)


async def swept(plan: SweepPlan, session: MadeSession) -> list[TriedLevel]:
    told: list[TriedLevel] = []
    runner = SweepRunner(plan, session, told.append)
    await runner.run()
    assert told == runner.tried
    return told


async def test_concurrency_is_swept_on_one_server_up_to_its_slots() -> None:
    session = MadeSession(StepClock(), speed)
    tried = await swept(sweep_plan("concurrency"), session)
    assert session.log.count("start default np4") == 1
    best, advice = advice_of(sweep_plan("concurrency"), tuple(tried))
    assert best == 4
    assert advice == "up to 4 requests at a time; run it like this: srv"


async def test_slots_are_swept_with_a_server_for_each() -> None:
    session = MadeSession(StepClock(), speed)
    session.will_not_start = lambda plan: "out of memory" if plan.parallel > 6 else None
    tried = await swept(sweep_plan("parallel"), session)
    assert [(t.level.load, t.level.problem is None) for t in tried] == [
        (1, True),
        (2, True),
        (4, True),
        (8, False),
        (6, True),
        (7, False),
        (6, True),
    ]
    assert [t.level.confirms for t in tried] == [False] * 6 + [True]
    assert advice_of(sweep_plan("parallel"), tuple(tried))[1].startswith("6 slots; run it like this")


async def test_a_server_that_dies_is_started_again_for_the_next_level() -> None:
    session = MadeSession(StepClock(), speed)
    session.dies_in = lambda scenario: scenario.shape == ClosedLoop(concurrency=2)
    tried = await swept(sweep_plan("concurrency", loads=(1, 2, 4)), session)
    assert [t.level.problem for t in tried] == [None, "the server was killed: more memory", None, None]
    assert session.log.count("start default np4") == 2


async def test_what_is_advised_was_looked_at_again_with_other_prompts() -> None:
    session = MadeSession(StepClock(), speed)
    tried = await swept(sweep_plan("concurrency", loads=(1, 2, 4)), session)
    assert [(t.level.load, t.level.confirms) for t in tried] == [
        (1, False),
        (2, False),
        (4, False),
        (4, True),
    ]
    assert session.log[-1] == f"load 128 seed {1 + OTHER_SEED + 4000}"


async def test_a_load_that_fails_its_second_look_gives_way_to_the_next_lower_one() -> None:
    session = MadeSession(StepClock(), speed)
    fails = ClosedLoop(concurrency=4)
    session.dies_in = lambda s: s.shape == fails and s.seed > OTHER_SEED
    tried = await swept(sweep_plan("concurrency", loads=(1, 2, 4)), session)
    assert [(t.level.load, t.level.problem is None) for t in tried if t.level.confirms] == [
        (4, False),
        (2, True),
    ]
    assert advice_of(sweep_plan("concurrency"), tuple(tried))[0] == 2


async def test_ctrl_c_keeps_the_levels_measured() -> None:
    session = MadeSession(StepClock(), speed)
    runner = SweepRunner(sweep_plan("concurrency"), session, lambda _tried: None)
    running = asyncio.create_task(runner.run())
    while len(runner.tried) < 2:
        await asyncio.sleep(0)
    session.hangs = True
    while len(session.log) < 4:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [t.level.load for t in runner.tried] == [1, 2]
    assert session.log[-1] == "stop load interrupted"


async def test_nothing_acceptable_is_said_with_the_reason() -> None:
    session = MadeSession(StepClock(), speed)
    session.will_not_start = lambda _plan: "no such file"
    tried = await swept(sweep_plan("parallel"), session)
    assert advice_of(sweep_plan("parallel"), tuple(tried)) == (
        None,
        "no load was acceptable: no such file: try less",
    )


def test_each_level_has_its_own_workers_or_rate_and_warms_every_worker_up() -> None:
    closed = sweep_plan("concurrency").scenario_for(8)
    assert (closed.shape, closed.warmup_requests) == (ClosedLoop(concurrency=8), 8)
    load = Scenario(shape=OpenLoop(rate=1.0, arrivals="poisson"), prompt=PromptPlan(tokens=32))
    plan = SweepPlan(goal=SweepGoal(axis="rate"), scenario=load)
    assert plan.scenario_for(2.5).shape == OpenLoop(rate=2.5, arrivals="poisson")


async def test_the_chart_shows_every_level_and_marks_the_best() -> None:
    session = MadeSession(StepClock(), speed)
    plan = sweep_plan("concurrency", loads=(4, 1, 2))
    tried = tuple(await swept(plan, session))
    best, advice = advice_of(plan, tried)
    report = SweepReport(
        tool=Tool(version="0"),
        started_at="2026-05-04T10:11:12Z",
        ended="done",
        machine=Machine(),
        plan=plan,
        levels=tried,
        best=best,
        advice=advice,
    )
    lines = sweep_text(report, ascii_only=True).splitlines()
    assert [line.split()[:3] for line in lines[1:4]] == [
        ["1", "30", "######"],
        ["2", "60", "############"],
        [">", "4", "120"],
    ]
    assert lines[3].count("#") == 24
    assert lines[-1] == advice
    assert "| 4 | 120 |" in sweep_markdown(report)
    copied = msgspec.structs.replace(report, advice="4 slots; run it like this: srv -m my_model.gguf")
    assert "like this:\n\n```sh\nsrv -m my_model.gguf\n```\n\n| " in sweep_markdown(copied)


@pytest.mark.parametrize(("value", "length"), [(100.0, 24), (50.0, 12), (None, 0), (0.0, 0)])
def test_bars_are_to_scale(value: float | None, length: int) -> None:
    assert len(bar(value, 100.0)) == length
