"""What the slots panel shows: slots of a server that works, else what has become of the server."""

import msgspec
import pytest

from rocmtui.core.server_state import ServerState, ServerStatus
from rocmtui.core.view import SessionView
from rocmtui.tui.drawing import text_of
from rocmtui.tui.widgets.slots_panel import SlotsPanel
from tests.fakes.scripted_views import ready_status, replay, running

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
