"""Where a replay stands: drawn with what happened, and gone to by a click."""

from __future__ import annotations

from rocmtui.core.session.events import Noticed
from rocmtui.services.session.replay import ReplaySession
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.runs.replay import ReplayScreen
from rocmtui.tui.runs.time_bar import TimeBar
from tests.fakes.manual_clock import ManualClock
from tests.fakes.scripted_views import live
from tests.tui.screen_text import text_of

SECOND = 1_000_000_000


async def test_the_bar_shows_what_happens_and_a_click_goes_there() -> None:
    spill = Noticed(at_ns=60 * SECOND, level="warning", text="full", code="spill")
    timeline = [live(at_ns=0), spill, live(at_ns=120 * SECOND)]
    session = ReplaySession(timeline, ManualClock())
    app = RocmtuiApp(session, first_screen=lambda: ReplayScreen(session))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        app.poll()
        await pilot.pause()
        bar = app.screen.query_one(TimeBar)
        (line,) = text_of(bar._lines)
        assert line.startswith(" ▶  0:00 ●──")
        assert line.rstrip().endswith("2:00    ×1")
        at = line.index("⚠")
        await pilot.click(TimeBar, offset=(at, 0))
        await pilot.pause()
        assert abs(session.position_ns - 60 * SECOND) <= 2 * SECOND
