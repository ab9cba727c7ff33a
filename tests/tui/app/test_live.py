"""The app from screen to screen: launch, start, dashboard, runs, replay, quit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.server.state import LaunchPlan, ServerStatus
from rocmtui.errors import ServerError
from rocmtui.services.session.replay import ReplaySession
from rocmtui.tui.app.live import LiveApp
from rocmtui.tui.app.parts import AppParts, Replay
from rocmtui.tui.dashboard.live import LiveDashboard
from rocmtui.tui.dialogs.help import keys_of
from rocmtui.tui.dialogs.quit import QuitScreen
from rocmtui.tui.form.pick_list import PickList
from rocmtui.tui.launch.screen import LaunchScreen
from rocmtui.tui.load.plan import LoadPlanScreen
from rocmtui.tui.runs.replay import ReplayScreen
from rocmtui.tui.runs.screen import RunsScreen
from rocmtui.tui.server.failed import ServerFailedScreen
from tests.fakes import scripted_views
from tests.fakes.launch_catalog import MemoryStore, ScriptedCatalog
from tests.fakes.manual_clock import ManualClock
from tests.fakes.run_shelf import ScriptedShelf, entry
from tests.fakes.scripted_session import ScriptedSession
from tests.tui.screen_text import screen_text

PLAN = LaunchPlan(model="/m.gguf")


def parts() -> AppParts:
    async def nothing(*_: object) -> str:
        return ""

    async def no_servers() -> tuple[()]:
        return ()

    timeline = [LiveSnapshot(at_ns=n * 10**9, phase="measured", completed=n) for n in range(5)]

    async def replay(path: str) -> ReplaySession:
        return ReplaySession(timeline, ManualClock(), run_dir=path)

    return AppParts(
        catalog=ScriptedCatalog(),
        settings=MemoryStore(),
        shelf=ScriptedShelf(entry(1)),
        open_replay=replay,
        compare=nothing,
        find_servers=no_servers,
        demo=nothing,
    )


async def test_without_anything_the_launch_screen_comes_first() -> None:
    app = LiveApp(ScriptedSession(scripted_views.empty()), parts())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, LaunchScreen)


async def test_a_plan_that_becomes_ready_leads_to_the_dashboard() -> None:
    session = ScriptedSession(scripted_views.running())
    app = LiveApp(session, parts(), first=PLAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, LiveDashboard)
        assert ("start_server", PLAN) in session.calls


async def test_the_load_plan_opens_on_the_dashboard() -> None:
    app = LiveApp(ScriptedSession(scripted_views.running()), parts(), first=PLAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("l")
        assert isinstance(app.screen, LoadPlanScreen)


async def test_the_load_plan_opens_with_the_servers_that_were_named() -> None:
    idle = msgspec.structs.replace(scripted_views.running(), live=None)
    fleet = ("http://b:1", "http://c:2")
    app = LiveApp(ScriptedSession(idle), parts(), first=parts().demo, fleet=fleet)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await app.workers.wait_for_complete()
        assert "A load goes to 3 servers: l plans it." in [notice.message for notice in app._notifications]
        await pilot.press("l")
        assert isinstance(app.screen, LoadPlanScreen)
        assert app.screen.draft.fleet == "http://b:1, http://c:2"


async def test_a_load_plan_that_cannot_start_says_why_and_is_kept() -> None:
    stopped = msgspec.structs.replace(scripted_views.running(), server=ServerStatus(), live=None)
    made = parts()
    app = LiveApp(ScriptedSession(stopped), made, first=made.demo)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        app.session.error = ServerError("the server is stopped, not ready")
        await pilot.press("l")
        await pilot.pause()
        assert "it cannot start: the server is stopped, not ready" in screen_text(app)
        await pilot.press("enter")
        await app.workers.wait_for_complete()
    assert made.settings.read().load is not None


async def test_a_run_is_replayed_and_left_again() -> None:
    app = LiveApp(ScriptedSession(scripted_views.running()), parts(), first=PLAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("o")
        await app.workers.wait_for_complete()
        assert isinstance(app.screen, RunsScreen)
        await pilot.press("enter")
        assert isinstance(app.screen, ReplayScreen)
        await pilot.pause()
        assert app.view.replay is not None
        await pilot.press("5", "escape")
        assert isinstance(app.screen, ReplayScreen)
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert isinstance(app.screen, LiveDashboard)
        assert app.view.replay is None


async def test_while_a_long_run_is_read_the_app_answers_and_it_is_not_shown_where_one_has_gone_on() -> None:
    read, made = asyncio.Event(), parts()

    async def slowly(path: str) -> Replay:
        await read.wait()
        return await made.open_replay(path)

    app = LiveApp(
        ScriptedSession(scripted_views.running()),
        msgspec.structs.replace(made, open_replay=slowly),
        first=PLAN,
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("o")
        await app.workers.wait_for_complete()
        await pilot.press("enter", "space", "escape")
        await pilot.pause()
        assert isinstance(app.screen, LiveDashboard)
        await pilot.press("o", "enter")
        assert isinstance(app.screen, RunsScreen)
        read.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert [isinstance(screen, ReplayScreen) for screen in app.screen_stack].count(True) == 1
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, RunsScreen)


async def test_a_capital_q_asks_what_becomes_of_our_server() -> None:
    app = LiveApp(ScriptedSession(scripted_views.running()), parts(), first=PLAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("Q")
        assert isinstance(app.screen, QuitScreen)
        await pilot.press("l")
    assert app.keeps_server


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_one_key_leaves_at_once_and_stops_the_server(key: str) -> None:
    idle = msgspec.structs.replace(scripted_views.running(), live=None)
    app = LiveApp(ScriptedSession(idle), parts(), first=PLAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press(key)
    assert app.return_code == 0
    assert not app.keeps_server


async def test_a_crash_of_the_server_is_told_once() -> None:
    session = ScriptedSession(scripted_views.running())
    app = LiveApp(session, parts(), first=PLAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        session.advance(scripted_views.failed())
        app.poll()
        await pilot.pause()
        assert isinstance(app.screen, ServerFailedScreen)
        await pilot.press("escape")
        session.advance(msgspec.structs.replace(scripted_views.failed(), at_ns=1))
        app.poll()
        await pilot.pause()
        assert isinstance(app.screen, LiveDashboard)


async def faulty(app: LiveApp) -> None:
    async with app.run_test(size=(120, 40)):
        app.call_later(lambda: 1 / 0)
        await app.workers.wait_for_complete()


async def test_a_fault_of_ours_ends_the_app_without_a_traceback_on_the_screen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = LiveApp(ScriptedSession(scripted_views.running()), parts(), first=PLAN)
    with pytest.raises(ZeroDivisionError):
        await faulty(app)
    assert isinstance(app.failure, ZeroDivisionError)
    assert "Traceback" not in capsys.readouterr().err


@asynccontextmanager
async def relaunched(app: LiveApp) -> AsyncIterator[LaunchScreen]:
    """The launch screen as s and r show it from the dashboard; at the end Esc leads back."""
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("s", "r")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, LaunchScreen)
        yield app.screen
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, LiveDashboard)


async def test_a_restart_shows_what_was_before_and_escape_leads_back() -> None:
    app = LiveApp(ScriptedSession(scripted_views.running()), parts(), first=PLAN)
    async with relaunched(app) as screen:
        assert screen.plan == scripted_views.PLAN


async def test_escape_leads_back_to_a_server_that_was_attached_to() -> None:
    attached = msgspec.structs.replace(scripted_views.ready_status(), attached=True, plan=None)
    view = msgspec.structs.replace(scripted_views.running(), server=attached)
    app = LiveApp(ScriptedSession(view), parts(), first=PLAN)
    async with relaunched(app) as screen:
        assert screen.is_current


OF_THE_DASHBOARD = {
    "more workers, or a higher rate",
    "fewer workers, or a lower rate",
    "pause the load, or go on",
    "stop the load; its run is kept",
    "load plan",
    "server",
}
"""What does something on the dashboard alone."""


def offered(app: LiveApp) -> set[str]:
    return {entry.description for entry in keys_of(app.screen)}


async def test_help_and_palette_offer_only_what_does_something_there() -> None:
    app = LiveApp(ScriptedSession(scripted_views.running()), parts(), first=PLAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        assert offered(app) >= OF_THE_DASHBOARD | {"runs"}
        await pilot.press("ctrl+p")
        commands = {command.title for command in app.get_system_commands(app.screen_stack[-2])}
        assert commands >= OF_THE_DASHBOARD
        await pilot.press("escape", "o")
        await app.workers.wait_for_complete()
        assert offered(app).isdisjoint(OF_THE_DASHBOARD | {"runs"})


async def test_the_first_launch_screen_offers_no_way_back() -> None:
    app = LiveApp(ScriptedSession(scripted_views.empty()), parts())
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        assert offered(app).isdisjoint(OF_THE_DASHBOARD | {"back"})
        await pilot.press("slash")
        assert "back" in offered(app)


async def test_a_baseline_is_marked_when_the_runs_are_opened_again() -> None:
    session = ScriptedSession(scripted_views.running())
    app = LiveApp(session, parts(), first=PLAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        for keys in ("o", "b", "escape", "o"):
            await pilot.press(keys)
            await app.workers.wait_for_complete()
            await pilot.pause()
        assert session.calls[-1] == ("set_baseline", "/runs/run-1")
        assert [row.mark for row in app.screen.query_one(PickList).rows] == ["◌"]


async def test_attaching_fails_where_one_is() -> None:
    session = ScriptedSession(scripted_views.empty(), error=ServerError("nothing answers there"))
    app = LiveApp(session, parts())
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("a", *"8080", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, LaunchScreen)
        session.error = None
        await pilot.press("a", *"8080", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, LiveDashboard)


async def test_a_key_stops_the_load_under_way() -> None:
    session = ScriptedSession(scripted_views.running())
    app = LiveApp(session, parts(), first=PLAN)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("x")
        await app.workers.wait_for_complete()
        assert session.calls[-1] == ("stop_load", None)
        ended = scripted_views.live(phase="done")
        session.advance(msgspec.structs.replace(scripted_views.running(), live=ended))
        app.poll()
        await pilot.press("x")
        assert session.calls.count(("stop_load", None)) == 1
        assert [notice.message for notice in app._notifications] == ["There is no load to stop."]


async def test_a_load_that_only_begins_is_told_of_stopped_and_not_left_without_a_question() -> None:
    ended = scripted_views.live(phase="done")
    session = ScriptedSession(msgspec.structs.replace(scripted_views.running(), live=ended, begins=True))
    app = LiveApp(session, parts(), first=PLAN)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "first a look at what the server answers (x ends it)" in screen_text(app)
        await pilot.press("x")
        await app.workers.wait_for_complete()
        assert session.calls[-1] == ("stop_load", None)
        await pilot.press("q")
        await pilot.pause()
        assert "A load begins: it ends here and its run is kept." in screen_text(app)
