"""The panels at the bottom: following, standing still, sorting, searching."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from textual.pilot import Pilot

from rocmtui.core.request.record import ErrorKind, RequestError
from rocmtui.core.session.events import Noticed
from rocmtui.core.session.view import SessionView
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dashboard.log import LogPanel
from rocmtui.tui.dashboard.screen import Dashboard
from rocmtui.tui.dialogs.text_page import TextScreen
from rocmtui.tui.requests.listing import RequestsPanel
from rocmtui.tui.requests.timeline import TimelineScreen
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import record, running
from tests.tui.screen_text import screen_text, text_of


def logging(first: int, last: int) -> SessionView:
    """A log of numbered lines, the older ones dropped."""
    lines = tuple(f"line {number}" for number in range(first, last))
    return msgspec.structs.replace(running(), log=lines, log_first_number=first)


@asynccontextmanager
async def shown(view: SessionView, *keys: str) -> AsyncIterator[tuple[ScriptedSession, Pilot[int]]]:
    session = ScriptedSession(view)
    app = RocmtuiApp(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        yield session, pilot


async def test_the_log_follows_its_end() -> None:
    async with shown(logging(0, 100), "6") as (session, pilot):
        assert "line 99" in screen_text(pilot.app)
        session.advance(logging(50, 2050))
        pilot.app.poll()
        await pilot.pause()
        assert "line 2049" in screen_text(pilot.app)


async def test_scrolled_up_it_stands_still_under_a_flood() -> None:
    async with shown(logging(0, 1000), "6", "pageup") as (session, pilot):
        before = screen_text(pilot.app)
        assert "line 999" not in before
        assert "End follows" in before
        session.advance(logging(500, 1500))
        pilot.app.poll()
        await pilot.pause()
        lines = [line for line in before.splitlines() if "line" in line]
        assert [line for line in screen_text(pilot.app).splitlines() if "line" in line] == lines
        await pilot.press("end")
        await pilot.pause()
        assert "line 1499" in screen_text(pilot.app)


async def test_the_wheel_scrolls_the_log() -> None:
    async with shown(logging(0, 1000), "6") as (_, pilot):
        log = pilot.app.screen.query_one(LogPanel)
        assert "line 999" in screen_text(pilot.app)
        await pilot._post_mouse_events([__import__("textual.events", fromlist=["e"]).MouseScrollUp], log)
        await pilot.pause()
        assert "line 999" not in screen_text(pilot.app)


async def test_search_marks_and_finds() -> None:
    async with shown(logging(0, 1000), "slash", *"INE 12", "enter") as (_, pilot):
        await pilot.pause()
        text = screen_text(pilot.app)
        assert "/ine 12 11 lines" in text
        assert "line 129" in text
        await pilot.press("n")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen.query_one(LogPanel).needle == ""


async def test_what_is_not_in_the_log_is_said() -> None:
    async with shown(logging(0, 100), "slash", *"zebra") as (_, pilot):
        assert "not found" in screen_text(pilot.app)


async def test_requests_sort_by_a_column_and_stand_still() -> None:
    async with shown(running(), "5", "greater_than_sign", "greater_than_sign") as (session, pilot):
        panel = pilot.app.screen.query_one(RequestsPanel)
        rows = panel._rows_in_order(session.view())
        slowest = max(range(312), key=lambda n: record(n).first_token_ns - record(n).sent_ns)
        assert rows[0].id == slowest
        assert "▼ttft" in screen_text(pilot.app)
        newer = tuple(record(n) for n in range(100, 412))
        session.advance(msgspec.structs.replace(running(), requests=newer))
        pilot.app.poll()
        assert panel._rows_in_order(session.view())[0].id == slowest
        await pilot.press("backslash")
        assert panel._rows_in_order(session.view())[-1].id == slowest
        await pilot.press("end")
        assert panel._rows_in_order(session.view())[-1].id == 411


async def test_a_click_on_a_heading_sorts_and_on_a_row_opens_it() -> None:
    async with shown(running(), "5") as (_, pilot):
        heading = screen_text(pilot.app).splitlines()[2].index("ttft")
        assert await pilot.click(RequestsPanel, offset=(heading, 1))
        await pilot.pause()
        assert "▼ttft" in screen_text(pilot.app)
        await pilot.click(RequestsPanel, offset=(15, 5))
        await pilot.click(RequestsPanel, offset=(15, 5))
        await pilot.pause()
        assert isinstance(pilot.app.screen, TimelineScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Dashboard)


async def test_enter_opens_the_timeline_of_the_chosen_request() -> None:
    async with shown(running(), "5", "up", "up", "enter") as (_, pilot):
        assert "request 310" in screen_text(pilot.app)


async def test_a_click_on_a_tab_brings_its_list_to_the_front() -> None:
    async with shown(running()) as (_, pilot):
        await pilot.click(RequestsPanel, offset=(18, 0))
        await pilot.pause()
        assert pilot.app.screen.query_one(LogPanel).display
        assert "slots" in screen_text(pilot.app)


async def test_what_was_before_the_run_has_no_time_in_it() -> None:
    view = running()
    second = msgspec.structs.replace(view, started_ns=view.started_ns + 5 * 10**9)
    async with shown(view, "7") as (session, pilot):
        assert "00:00:00   the server is ready" in screen_text(pilot.app)
        session.advance(second)
        pilot.app.poll()
        await pilot.pause()
        text = screen_text(pilot.app)
        assert "       –   the server is ready" in text
        assert "00:00:07   load: 4 to 6 workers" in text


async def test_what_the_server_says_of_every_request_is_hidden_until_asked_for() -> None:
    view = msgspec.structs.replace(running(), log=(*running().log, "0.10.615.047 W slot print_timing: late"))
    async with shown(view, "6") as (session, pilot):
        text = screen_text(pilot.app)
        assert "slot print_timing: late" in text
        assert "slot launch_slot_" not in text
        assert "d 360 lines of requests" in text
        session.advance(
            msgspec.structs.replace(view, log=(*view.log, "srv  update_slots: all slots are idle"))
        )
        pilot.app.poll()
        await pilot.pause()
        assert "d 361 lines of requests" in screen_text(pilot.app)
        await pilot.press("d")
        await pilot.pause()
        assert "slot launch_slot_" in screen_text(pilot.app)
        assert "all slots are idle" in screen_text(pilot.app)


@pytest.mark.parametrize("key", ["6", "7"])
async def test_a_line_that_does_not_fit_can_be_opened_whole(key: str) -> None:
    long = "llama_model_load: " + "a very long line indeed, " * 12 + "END"
    view = msgspec.structs.replace(
        running(), log=(long,), notices=(Noticed(at_ns=running().at_ns, level="warning", text=long),)
    )
    app = RocmtuiApp(ScriptedSession(view))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        assert "END" not in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, TextScreen)
        assert "END" in screen_text(app)


async def test_of_an_attached_server_the_requests_are_listed_and_none_is_said() -> None:
    view = running()
    server = msgspec.structs.replace(view.server, attached=True)
    attached = msgspec.structs.replace(view, requests=(), live=None, server=server)
    app = RocmtuiApp(ScriptedSession(attached))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert app.screen.query_one(RequestsPanel).display
        assert "no request of ours has ended yet" in screen_text(app)
        assert "none yet: l plans one" in screen_text(app)


@pytest.mark.parametrize("width", [96, 116])
def test_why_a_request_failed_is_named_whole_where_the_list_is_wide(width: int) -> None:
    error = RequestError(kind=ErrorKind.TIMEOUT_FIRST_BYTE, message="silent for 120 s")
    view = msgspec.structs.replace(running(), requests=(record(1, error),))
    (line,) = text_of(RequestsPanel().entries(view, 0, 1, width))
    assert "✗ timeout_first_byte: " in line[:width]
