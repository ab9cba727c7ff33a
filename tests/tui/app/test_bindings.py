"""Every key of every place: one meaning each, and none that does nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from textual.screen import Screen
from textual.widgets import Input

from rocmtui.core.server.state import LaunchPlan, ServerStatus
from rocmtui.services.session.replay import ReplaySession
from rocmtui.tui.app.live import LiveApp
from rocmtui.tui.bench.screen import BenchScreen
from rocmtui.tui.bench.sweep_screen import SweepScreen
from rocmtui.tui.dashboard.live import LiveDashboard
from rocmtui.tui.dialogs.help import HelpScreen
from rocmtui.tui.runs.replay import ReplayScreen
from rocmtui.tui.runs.screen import RunsActions, RunsScreen
from rocmtui.tui.server.starting import StartActions, StartingScreen
from tests.fakes.made_bench_view import MadeBench, bench_view
from tests.fakes.made_sweep import MadeSweep, sweep_view
from tests.fakes.manual_clock import ManualClock
from tests.fakes.run_shelf import ScriptedShelf, entry
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import live, running
from tests.tui.app.test_live import PLAN, parts

OF_TEXTUAL = {"tab", "shift+tab", "ctrl+c", "super+c", "ctrl+q", "ctrl+i"}


def meanings(app: LiveApp, screen: Screen[Any]) -> dict[str, set[str]]:
    """What each key that is offered with this focus would do, whoever hears it first."""
    found: dict[str, set[str]] = defaultdict(set)
    for node, bindings in screen._binding_chain:
        for key, every in bindings.key_to_bindings.items():
            for binding in every:
                target, name, arguments = app._parse_action(binding.action, node)
                if key in OF_TEXTUAL or not binding.description or not target.check_action(name, arguments):
                    continue
                assert hasattr(target, f"action_{name}") or hasattr(target, f"_action_{name}"), (key, name)
                found[key].add(binding.description)
    return found


def runs() -> RunsScreen:
    async def nothing(*_: object) -> str:
        return ""

    actions = RunsActions(
        open=print, compare=nothing, show_comparison=print, show_result=print, set_baseline=nothing
    )
    return RunsScreen(ScriptedShelf(entry(1)), actions)


REPLAY = ReplaySession([live(at_ns=1), live(at_ns=2)], ManualClock())


async def never(_: LaunchPlan) -> ServerStatus:
    return ServerStatus()


def starting() -> StartingScreen:
    return StartingScreen(PLAN, StartActions(start=never, stop=print, ready=print, edit=print))


PLACES: dict[str, Callable[[], Screen[Any] | None]] = {
    "launch": lambda: None,
    "dashboard": LiveDashboard,
    "replay": lambda: ReplayScreen(REPLAY, leave=lambda: None),
    "runs": runs,
    "bench": lambda: BenchScreen(MadeBench(bench_view(30))),
    "sweep": lambda: SweepScreen(MadeSweep(sweep_view(1, 2))),
    "starting": starting,
}


@pytest.mark.parametrize("name", PLACES)
async def test_a_key_has_one_meaning_in_a_place_and_does_something(name: str) -> None:
    app = LiveApp(ScriptedSession(running()), parts())
    async with app.run_test(size=(160, 50)) as pilot:
        await pilot.pause()
        app.session = REPLAY if name == "replay" else app.session
        if (made := PLACES[name]()) is not None:
            app.show_only(made)
        await pilot.pause()
        screen = app.screen
        for widget in (None, *(w for w in screen.query("*") if w.focusable and not isinstance(w, Input))):
            screen.set_focus(widget)
            await pilot.pause()
            twice = {key: told for key, told in meanings(app, screen).items() if len(told) > 1}
            assert twice == {}, widget


async def test_the_foot_tells_the_keys_of_the_panel_with_the_focus_first() -> None:
    app = LiveApp(ScriptedSession(running()), parts())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.show_only(LiveDashboard())
        await pilot.pause()
        await pilot.press("5")
        await pilot.pause()
        foot = "".join(span.text for span in app.screen.query_one("#keys")._lines[0])
        assert foot.startswith(" enter timeline  < > sort")
        await pilot.press("escape")
        await pilot.pause()
        foot = "".join(span.text for span in app.screen.query_one("#keys")._lines[0])
        assert foot.startswith(" l load")


async def test_a_key_is_found_by_typing_and_the_page_scrolls() -> None:
    app = LiveApp(ScriptedSession(running()), parts())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.show_only(LiveDashboard())
        await pilot.pause()
        await pilot.press("question_mark")
        await pilot.pause()
        await pilot.press("end")
        await pilot.pause()
        box = app.screen.query_one("DialogBox")
        assert box.scroll_y > 0
        await pilot.press(*"pause")
        await pilot.pause()
        text = str(app.screen.query_one("#help-keys").render())
        assert "pause the load" in text
        assert "waterfall" not in text
        await pilot.press("escape")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        assert isinstance(app.screen, LiveDashboard)


async def test_q_asks_while_a_load_runs_and_ctrl_c_does_not() -> None:
    session = ScriptedSession(running())
    app = LiveApp(session, parts())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("q")
        await pilot.pause()
        assert app.is_running
        assert type(app.screen).__name__ == "QuitScreen"
        await pilot.press("q")
        await pilot.pause()
    assert app.return_value == 0
    idle = LiveApp(ScriptedSession(msgspec.structs.replace(running(), live=None)), parts())
    async with idle.run_test(size=(120, 40)) as pilot:
        await pilot.press("q")
        await pilot.pause()
    assert idle.return_value == 0
