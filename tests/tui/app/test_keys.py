"""Keys reach the session; the screen says at once what was asked for."""

import msgspec
import pytest

from rocmtui.core.session.view import ReplayStatus, SessionView
from rocmtui.errors import UsageError
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dashboard.load_line import LoadLine
from rocmtui.tui.draw.panel import Panel
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import empty, live, running
from tests.tui.screen_text import screen_text


def ended() -> SessionView:
    return msgspec.structs.replace(running(), live=live(phase="done"))


def visible(app: RocmtuiApp) -> list[str | None]:
    return [panel.id for panel in app.screen.query(Panel) if panel.display]


async def test_plus_and_minus_change_the_workers() -> None:
    session = ScriptedSession(running())
    app = RocmtuiApp(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("plus", "plus", "minus")
        await app.workers.wait_for_complete()
        assert session.calls == [("set_concurrency", 7), ("set_concurrency", 8), ("set_concurrency", 7)]
        assert app.screen.query_one(LoadLine).wanted == "→ 7"


async def test_open_loop_changes_its_rate() -> None:
    view = running()
    session = ScriptedSession(view)
    session.advance(type(view)(live=live(concurrency=None, rate=10.0)))
    app = RocmtuiApp(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("plus")
        await app.workers.wait_for_complete()
        assert session.calls == [("set_rate", 11.0)]


async def test_space_pauses_and_resumes() -> None:
    session = ScriptedSession(running())
    app = RocmtuiApp(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("space")
        await app.workers.wait_for_complete()
        session.advance(type(running())(live=live(paused=True)))
        app.poll()
        await pilot.press("space")
        await app.workers.wait_for_complete()
        assert [name for name, _ in session.calls] == ["pause", "resume"]


@pytest.mark.parametrize("view", [empty(), ended()], ids=["none yet", "ended"])
async def test_without_load_the_keys_say_so(view: SessionView) -> None:
    session = ScriptedSession(view)
    app = RocmtuiApp(session)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("plus", "space")
        assert session.calls == []
        assert len(app._notifications) == 2


async def test_the_same_notice_again_does_not_pile_up() -> None:
    app = RocmtuiApp(ScriptedSession(empty()))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("plus", "plus", "plus")
        assert [notice.message for notice in app._notifications] == ["There is no load to change."]


async def test_an_error_of_the_session_is_shown() -> None:
    session = ScriptedSession(running(), error=UsageError("[bold]no[/bold]", "try [less]"))
    app = RocmtuiApp(session)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("plus")
        await app.workers.wait_for_complete()
        assert [notice.message for notice in app._notifications] == ["[bold]no[/bold] (try [less])"]


async def test_digits_show_one_panel_and_escape_all() -> None:
    app = RocmtuiApp(ScriptedSession(running()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        everything = visible(app)
        assert everything == ["speed", "ttft", "slots", "gpu", "requests"]
        for key, alone in (("3", ["slots"]), ("2", ["ttft", "itl"]), ("4", ["gpu"]), ("6", ["log"])):
            await pilot.press(key)
            assert visible(app) == alone
        await pilot.press("escape")
        assert visible(app) == ["speed", "ttft", "slots", "gpu", "log"]


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_q_and_ctrl_c_close_the_session(key: str) -> None:
    session = ScriptedSession(running())
    app = RocmtuiApp(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(key)
        await pilot.pause()
    assert session.calls == [("close", False)]
    assert app.return_value == 0


async def test_keys_at_the_foot_can_be_clicked() -> None:
    session = ScriptedSession(running())
    app = RocmtuiApp(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.click("#keys", offset=(16, 0))
        await app.workers.wait_for_complete()
        assert session.calls == [("pause", None)]
        await pilot.click("#slots", offset=(4, 0))
        await pilot.pause()
        assert visible(app) == ["slots"]


async def test_what_was_asked_for_is_said_until_it_is_seen() -> None:
    session = ScriptedSession(running())
    app = RocmtuiApp(session)
    async with app.run_test(size=(120, 40)) as pilot:
        line = app.screen.query_one(LoadLine)
        await pilot.press("space")
        assert line.wanted == "…pausing"
        session.advance(type(running())(live=live(paused=True)))
        app.poll()
        assert line.wanted == ""


@pytest.mark.parametrize(("replayed", "said"), [(False, "none yet: l plans one"), (True, "none yet ")])
async def test_a_load_can_be_planned_where_it_is_live(replayed: bool, said: str) -> None:
    at_its_start = ReplayStatus(position_ns=1, duration_ns=9, speed=1.0, playing=True) if replayed else None
    app = RocmtuiApp(ScriptedSession(msgspec.structs.replace(running(), live=None, replay=at_its_start)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert f"load {said}" in screen_text(app)
