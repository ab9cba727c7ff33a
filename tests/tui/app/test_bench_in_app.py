"""A bench from the dashboard: planned, run, left and found again; what would spoil it is kept away."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.sweep.report import SweepPlan
from rocmtui.tui.app.live import LiveApp
from rocmtui.tui.bench.long_work import LongWork
from rocmtui.tui.bench.plan import BenchPlanScreen
from rocmtui.tui.bench.screen import BenchScreen
from rocmtui.tui.bench.sweep_plan import SweepPlanScreen
from rocmtui.tui.bench.sweep_screen import SweepScreen
from rocmtui.tui.dashboard.live import LiveDashboard
from rocmtui.tui.dialogs.quit import QuitScreen
from rocmtui.tui.launch.screen import LaunchScreen
from rocmtui.tui.load.plan import LoadPlanScreen
from tests.fakes import scripted_views
from tests.fakes.made_bench_view import MadeBench, bench_view
from tests.fakes.made_sweep import MadeSweep, sweep_view
from tests.fakes.scripted_session import ScriptedSession
from tests.tui.app.test_live import PLAN, parts
from tests.tui.result.test_screen import result
from tests.tui.screen_text import screen_text


def app_with(bench: MadeBench, asked: list[BenchPlan]) -> LiveApp:
    def make(plan: BenchPlan) -> MadeBench:
        asked.append(plan)
        return bench

    view = scripted_views.running()
    server = msgspec.structs.replace(view.server, plan=PLAN)
    session = ScriptedSession(msgspec.structs.replace(view, server=server))
    return LiveApp(session, msgspec.structs.replace(parts(), bench=make, result=result), first=PLAN)


async def test_a_bench_is_planned_run_left_and_found_again() -> None:
    bench, asked = MadeBench(bench_view(30)), []
    app = app_with(bench, asked)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("b")
        assert isinstance(app.screen, BenchPlanScreen)
        assert "24 measurements on 6 server starts" in screen_text(app)
        await pilot.press("enter")
        await app.workers.wait_for_complete()
        assert isinstance(app.screen, BenchScreen)
        assert bench.calls == ["run"]
        assert (asked[0].models, asked[0].parallel, asked[0].rounds) == (("/m.gguf",), (1, 4), 3)
        await pilot.press("escape")
        assert isinstance(app.screen, LiveDashboard)
        await pilot.press("b")
        assert isinstance(app.screen, BenchScreen)
        assert app.work_kept == bench.where
        bench.running = False
        await app.begin_load(Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(text="hello")))
        assert app.work_kept is None


async def test_a_bench_under_way_is_not_thrown_away_by_one_key_and_can_be_gone_on_with() -> None:
    bench = MadeBench(bench_view(30))
    app = app_with(bench, [])
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        app.run_work(LongWork(bench=bench))
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(app.screen, QuitScreen)
        assert "A bench is running: it ends here" in screen_text(app)
        assert "leave it running" not in screen_text(app)
        await pilot.press("escape")
        bench.running = False
        bench.view = bench_view(30, phase="interrupted")
        app.screen.show_view(app.view)
        await pilot.pause()
        assert f"interrupted  rocmtui bench --resume {bench.where}" in screen_text(app)
        assert app.work_goes_on == f"rocmtui bench --resume {bench.where}"
        bench.view = bench_view(30, phase="done")
        assert app.work_goes_on is None


async def test_the_last_load_of_a_bench_brings_no_card_and_its_result_is_the_bench() -> None:
    bench = MadeBench(bench_view(30))
    app = app_with(bench, [])
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        app.run_work(LongWork(bench=bench))
        bench.running = False
        await pilot.press("escape")
        session = app.session
        assert isinstance(session, ScriptedSession)
        session.advance(msgspec.structs.replace(session.view(), kept_dir="/r/1"))
        app.poll()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, LiveDashboard)
        await pilot.press("v")
        assert isinstance(app.screen, BenchScreen)


async def test_the_latencies_of_a_load_before_the_bench_are_not_shown_as_its_own() -> None:
    before = scripted_views.running()
    bench = MadeBench(bench_view(0, phase="starting"))
    app = LiveApp(ScriptedSession(before), parts())
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        assert app.view.live is not None
        app.run_work(LongWork(bench=bench))
        await pilot.pause()
        assert "no measured request has ended" in screen_text(app)
        session, scenario = app.session, before.scenario
        assert isinstance(session, ScriptedSession)
        assert scenario is not None
        session.advance(msgspec.structs.replace(before, scenario=msgspec.structs.replace(scenario)))
        app.poll()
        await pilot.pause()
        assert "no measured request has ended" not in screen_text(app)


async def test_load_and_server_are_left_alone_while_it_runs() -> None:
    bench = MadeBench(bench_view(30))
    app = app_with(bench, [])
    session = app.session
    assert isinstance(session, ScriptedSession)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        app.run_work(LongWork(bench=bench))
        await pilot.press("escape", "plus", "space", "l", "s")
        assert isinstance(app.screen, LiveDashboard)
        assert {name for name, _ in session.calls} == {"start_server"}
        bench.running = False
        await pilot.press("l")
        assert isinstance(app.screen, LoadPlanScreen)


async def test_what_is_wrong_with_a_plan_is_said_and_enter_does_nothing() -> None:
    asked: list[BenchPlan] = []
    app = app_with(MadeBench(bench_view(30)), asked)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("b", "x", "enter")
        assert isinstance(app.screen, BenchPlanScreen)
        assert "write numbers: 1,4" in screen_text(app)
        await pilot.press("escape")
        assert (isinstance(app.screen, LiveDashboard), asked) == (True, [])


async def test_a_bench_given_is_shown_at_once() -> None:
    bench = MadeBench(bench_view(30))
    app = LiveApp(ScriptedSession(scripted_views.empty()), parts(), work=LongWork(bench=bench))
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert (isinstance(app.screen, BenchScreen), bench.calls) == (True, ["run"])


def app_to_sweep(
    asked: list[SweepPlan], *, first: LaunchPlan | None = PLAN, attached: bool = False
) -> LiveApp:
    def make(plan: SweepPlan) -> MadeSweep:
        asked.append(plan)
        return MadeSweep(sweep_view(1, 2))

    view = scripted_views.running()
    server = msgspec.structs.replace(
        view.server, plan=None if attached else PLAN, attached=attached, url="http://127.0.0.1:1"
    )
    session = ScriptedSession(msgspec.structs.replace(view, server=server))
    return LiveApp(session, msgspec.structs.replace(parts(), sweep=make, bench=MadeBench), first=first)


async def test_a_sweep_is_planned_run_left_and_found_again() -> None:
    asked: list[SweepPlan] = []
    app = app_to_sweep(asked)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("W")
        assert isinstance(app.screen, SweepPlanScreen)
        assert "workers doubled until throughput stops growing" in screen_text(app)
        await pilot.press("enter")
        await app.workers.wait_for_complete()
        assert isinstance(app.screen, SweepScreen)
        assert asked[0].launch == PLAN
        await pilot.press("escape", "W")
        assert isinstance(app.screen, SweepScreen)


async def test_a_server_one_is_attached_to_is_swept_where_it_is() -> None:
    asked: list[SweepPlan] = []
    app = app_to_sweep(asked, first=None, attached=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.show_only(LiveDashboard())
        await pilot.pause()
        await pilot.press("b")
        assert isinstance(app.screen, LiveDashboard)
        await pilot.press("W", "enter")
        await app.workers.wait_for_complete()
    assert (asked[0].url, asked[0].launch) == ("http://127.0.0.1:1", None)


@pytest.mark.parametrize("key", ["b", "W"])
async def test_what_is_chosen_on_the_launch_screen_is_benched_or_swept(key: str) -> None:
    asked: list[SweepPlan] = []
    app = app_to_sweep(asked, first=None)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        chosen = app.screen.plan
        await pilot.press(key)
        assert isinstance(app.screen, BenchPlanScreen if key == "b" else SweepPlanScreen)
        await pilot.press("escape")
        assert isinstance(app.screen, LaunchScreen)
        await pilot.press("W", "enter")
        await app.workers.wait_for_complete()
        assert isinstance(app.screen, SweepScreen)
        await pilot.press("escape")
        assert isinstance(app.screen, LiveDashboard)
    assert asked[0].launch == chosen
