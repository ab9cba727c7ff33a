"""The card at the end of a load: when it comes up, and what its keys do."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.load.prompts import with_nonce
from rocmtui.core.result.card import ResultCard
from rocmtui.core.session.view import ReplayStatus
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dialogs.dialog import DialogBox
from rocmtui.tui.dialogs.report_page import ReportPage
from rocmtui.tui.result.actions import ResultActions
from rocmtui.tui.result.drawing import draw_card
from rocmtui.tui.result.screen import ResultScreen
from tests.core.result.test_card import REPORT
from tests.fakes import scripted_views
from tests.fakes.scripted_session import ScriptedSession
from tests.tui.screen_text import screen_text, text_of

CARD = ResultCard(path="/r/1", place="~/r/1", report=REPORT)


async def result(path: str) -> ResultCard:
    return msgspec.structs.replace(CARD, path=path)


def ended() -> ScriptedSession:
    running = scripted_views.running()
    return ScriptedSession(running, msgspec.structs.replace(running, kept_dir="/r/1"))


async def test_the_end_of_a_load_brings_its_card_once() -> None:
    session = ended()
    app = RocmtuiApp(session, result=result)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        session.advance()
        app.poll()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, ResultScreen)
        assert "176 tok/s" in screen_text(app)
        await pilot.press("escape")
        session.advance(msgspec.structs.replace(session.view(), at_ns=session.view().at_ns + 1))
        app.poll()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert not isinstance(app.screen, ResultScreen)
        await pilot.press("v")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, ResultScreen)


async def test_enter_runs_the_same_load_again_with_a_nonce_of_its_own() -> None:
    """Prompts that were sent before would come from the server's cache."""
    session = ended()
    ran = session.views[1].scenario
    assert ran is not None
    drawn = with_nonce(ran, "drawn for the first run")
    session.advance(msgspec.structs.replace(session.views[1], scenario=drawn))
    app = RocmtuiApp(session, result=result)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.poll()
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("v")
        assert isinstance(app.screen, ReportPage)
        await pilot.press("escape", "enter")
        await app.workers.wait_for_complete()
        assert session.calls == [("start_load", ran)]


async def test_a_replay_ends_on_its_result_and_cannot_be_run_again() -> None:
    view = msgspec.structs.replace(
        scripted_views.running(),
        run_dir="/r/1",
        replay=ReplayStatus(position_ns=5, duration_ns=5, speed=1, playing=False),
    )
    session = ScriptedSession(view)
    app = RocmtuiApp(session, result=result)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.poll()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, ResultScreen)
        await pilot.press("enter")
        assert session.calls == []


@pytest.mark.parametrize("width", [40, 56, 72, 96])
def test_no_figure_is_cut_at_any_width(width: int) -> None:
    text = " ".join("\n".join(text_of(draw_card(CARD, width))).split())
    for figure in (
        "176 tok/s",
        "p95 1.43 s",
        "p50 410 ms p99 3.20 s",
        "0 of 200",
        "4 workers, 96 → 64 tokens",
    ):
        assert figure in text


def faulty(count: int, length: int = 3) -> ResultCard:
    told = tuple(f"fault {n}: " + "it is worth a sentence of some length, " * length for n in range(count))
    audit = msgspec.structs.replace(REPORT.audit, warnings=told)
    return msgspec.structs.replace(CARD, report=msgspec.structs.replace(REPORT, audit=audit))


def test_faults_give_way_to_the_figures_where_the_screen_is_low() -> None:
    low, high = (text_of(draw_card(faulty(4), 50, rows)) for rows in (14, 40))
    assert "fault 3" in "\n".join(high)
    assert "fault 0" in low[0]
    assert "fault 1" not in "\n".join(low)
    assert "  and 3 more: v shows the report" in low
    assert any("176 tok/s" in line for line in low[:7])


async def test_a_card_higher_than_the_screen_scrolls_by_keys() -> None:
    app = RocmtuiApp(ended(), result=result)
    async with app.run_test(size=(60, 16)) as pilot:
        app.push_screen(ResultScreen(faulty(4, 9), ResultActions()))
        await pilot.pause()
        box = app.screen.query_one(DialogBox)
        assert box.scroll_y == 0
        await pilot.press("end")
        await pilot.pause()
        assert box.scroll_y == box.max_scroll_y > 0
        await pilot.press("home")
        await pilot.pause()
        assert box.scroll_y == 0


@pytest.mark.parametrize(("size", "free"), [((60, 16), 0), ((80, 24), 1)])
async def test_a_low_screen_wastes_no_line_above_the_card(size: tuple[int, int], free: int) -> None:
    app = RocmtuiApp(ended(), result=result)
    async with app.run_test(size=size) as pilot:
        app.push_screen(ResultScreen(faulty(4), ResultActions()))
        await pilot.pause()
        lines = screen_text(app).splitlines()
    heading = next(at for at, line in enumerate(lines) if "load" in line)
    assert "fault 0" in lines[heading + 1 + free]
    assert any("176 tok/s" in line for line in lines)


@pytest.mark.parametrize(("width", "across"), [(40, 1), (50, 2), (72, 2), (96, 4)])
def test_the_figures_stand_in_rows_of_as_many_each(width: int, across: int) -> None:
    lines = text_of(draw_card(CARD, width))
    names = [sum(name in line for name in ("tok/s", "TTFT p95", "ITL p95", "0 of 200")) for line in lines]
    assert [count for count in names if count] == [across] * (4 // across)
