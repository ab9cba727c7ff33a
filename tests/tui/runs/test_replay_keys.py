"""Arrows, Home and End move a replay where nothing with the focus needs them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from rocmtui.services.session.replay import ReplaySession
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dialogs.help import keys_of
from rocmtui.tui.requests.listing import RequestsPanel
from rocmtui.tui.runs.replay import ReplayScreen
from tests.fakes.manual_clock import ManualClock
from tests.fakes.scripted_views import live
from tests.tui.screen_text import text_of

SECOND = 1_000_000_000


@asynccontextmanager
async def replay() -> AsyncIterator[tuple[ReplaySession, Pilot[int]]]:
    """Two minutes, held at half a minute."""
    session = ReplaySession([live(at_ns=0), live(at_ns=120 * SECOND)], ManualClock())
    session.play(False)
    session.seek(30 * SECOND)
    app = RocmtuiApp(session, first_screen=lambda: ReplayScreen(session))
    async with app.run_test(size=(120, 40)) as pilot:
        app.poll()
        await pilot.pause()
        yield session, pilot


def foot(pilot: Pilot[int]) -> str:
    return text_of(pilot.app.screen.query_one("#keys")._lines)[0]  # type: ignore[attr-defined]


async def test_arrows_move_by_five_seconds_and_home_and_end_to_the_ends() -> None:
    async with replay() as (session, pilot):
        places = []
        for key in ("right", "right", "left", "end", "right", "home", "left"):
            await pilot.press(key)
            places.append(session.position_ns // SECOND)
        assert places == [35, 40, 35, 120, 120, 0, 0]
        assert " ← → 5 s back, on " in foot(pilot)
        told = {entry.description: entry.keys for entry in keys_of(pilot.app.screen)}
        assert told["5 seconds back"] == "← ,"
        assert told["5 seconds on"] == "→ ."
        assert (told["to the beginning"], told["to the end"]) == ("Home", "End")


async def test_while_figures_are_explained_arrows_step_through_them() -> None:
    async with replay() as (session, pilot):
        await pilot.press("e")
        await pilot.pause()
        assert " ← → figures " in foot(pilot)
        await pilot.press("right")
        assert pilot.app.screen._explain._marked is not None  # type: ignore[attr-defined]
        assert session.position_ns == 30 * SECOND
        await pilot.press("escape")
        await pilot.pause()
        assert " ← → 5 s back, on " in foot(pilot)
        await pilot.press("right")
        assert session.position_ns == 35 * SECOND


async def test_home_and_end_are_those_of_the_list_with_the_focus() -> None:
    async with replay() as (session, pilot):
        await pilot.press("5", "end", "home")
        assert isinstance(pilot.app.focused, RequestsPanel)
        assert session.position_ns == 30 * SECOND
        assert "home end" not in foot(pilot)
        await pilot.press("left")
        assert session.position_ns == 25 * SECOND
