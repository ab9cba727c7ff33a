"""What the slots panel shows: slots of a server that works, else what has become of the server."""

import msgspec
import pytest

from rocmtui.core.server.state import Diagnosis, ServerState, ServerStatus
from rocmtui.core.session.view import SessionView
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dashboard.log import LogPanel
from rocmtui.tui.dashboard.server_story import cause_words
from rocmtui.tui.dashboard.slots import SlotsPanel
from rocmtui.tui.dialogs.text_page import TextScreen
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import failed, ready_status, replay, running
from tests.tui.screen_text import text_of

replace = msgspec.structs.replace


def shown(view: SessionView) -> str:
    return "\n".join(text_of(SlotsPanel().draw(view, 76, 8)))


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (ServerState.STOPPED, "No server is running."),
        (ServerState.UNRESPONSIVE, "does not answer"),
        (ServerState.STOPPING, "The server is stopping."),
        (ServerState.FAILED, "The server failed."),
    ],
)
def test_slots_of_a_server_that_does_not_work_give_way_to_its_state(state: ServerState, says: str) -> None:
    panel = shown(replace(running(), server=replace(ready_status(), state=state)))
    assert says in panel
    assert "busy" not in panel


@pytest.mark.parametrize("server", [ready_status(), ServerStatus()], ids=["ready", "not told of yet"])
def test_a_replay_shows_its_slots(server: ServerStatus) -> None:
    assert "3/4 busy" in shown(replace(replay(), server=server))


async def test_why_the_server_ended_is_opened_whole_where_it_is_cut() -> None:
    diagnosis = Diagnosis(
        code="x", cause="It had no room. " * 40, remedy="Give it more. " * 40 + "Last words."
    )
    view = replace(failed(), server=replace(failed().server, diagnosis=diagnosis))
    app = RocmtuiApp(ScriptedSession(view))
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.press("3", "enter")
        await pilot.pause()
        assert isinstance(app.screen, TextScreen)
        assert "Last words." in str(app.screen.query_one("Static").content)


def test_an_exit_status_is_said_once() -> None:
    killed = Diagnosis(code="unknown", cause="llama-server ended (SIGKILL)", remedy="", exit_status="SIGKILL")
    assert cause_words(killed) == "llama-server ended (SIGKILL)"
    assert cause_words(replace(killed, cause="It does not fit.")) == "It does not fit. (SIGKILL)"


def test_the_log_of_an_attached_server_says_why_it_is_empty() -> None:
    view = replace(running(), log=(), server=replace(ready_status(), attached=True))
    assert "attached server cannot be read" in "".join(text_of(LogPanel().draw(view, 120, 8)))
    ours = replace(view, server=ready_status())
    assert "attached" not in "".join(text_of(LogPanel().draw(ours, 120, 8)))
