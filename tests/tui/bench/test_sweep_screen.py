"""The sweep screen in every situation and at every size."""

from __future__ import annotations

import pytest

from rocmtui.core.sweep.view import SweepView
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.app.live import LiveApp
from rocmtui.tui.bench.long_work import LongWork
from rocmtui.tui.bench.sweep_panels import SweepChart
from rocmtui.tui.bench.sweep_screen import SweepScreen
from rocmtui.tui.bench.sweep_table import SweepTable
from rocmtui.tui.dialogs.text_page import TextScreen
from rocmtui.tui.draw.lines import width_of
from rocmtui.tui.draw.panel import Drawn, Panel
from tests.fakes import scripted_views
from tests.fakes.made_sweep import MadeSweep, sweep_view
from tests.fakes.scripted_session import ScriptedSession
from tests.tui.app.test_live import parts
from tests.tui.screen_text import screen_text, text_of

SIZES = ((60, 16), (80, 24), (120, 40), (200, 60))
VIEWS = {
    "empty": lambda: sweep_view(),
    "half": lambda: sweep_view(1, 2, 4, 8),
    "many": lambda: sweep_view(*range(1, 60)),
    "done": lambda: sweep_view(1, 2, 4, 8, 6, 7, phase="done", failed=16),
}


def app_on(view: SweepView) -> tuple[RocmtuiApp, MadeSweep]:
    sweep = MadeSweep(view)
    session = ScriptedSession(scripted_views.running())
    return RocmtuiApp(session, first_screen=lambda: SweepScreen(sweep)), sweep


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", VIEWS)
async def test_every_line_fills_its_width_and_nothing_overlaps(name: str, size: tuple[int, int]) -> None:
    app, _ = app_on(VIEWS[name]())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for panel in app.screen.query(Drawn):
            if panel.display and panel.size.area:
                lines = panel.draw(panel.session_view, *panel.size)
                assert {width_of(line) for line in lines} == {panel.size.width}, panel
        regions = [panel.region for panel in app.screen.query(Panel) if panel.display]
        for index, region in enumerate(regions):
            assert not any(region.overlaps(other) for other in regions[index + 1 :])


async def test_the_curve_the_table_and_the_advice_are_on_the_screen() -> None:
    app, _ = app_on(sweep_view(1, 2, 4, 8, 6, 7, phase="done", failed=16))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        shown = screen_text(app)
        chart = text_of(app.screen.query_one(SweepChart)._lines)
        table = text_of(app.screen.query_one(SweepTable)._lines)
    assert "8 slots (not confirmed by a second load yet); run it like this: llama-server -m" in shown
    assert any(line.split()[1:-1] == ["1", "2", "4", "6", "7", ">8", "16"] for line in chart)
    assert next(line for line in table if ">" in line).split()[2] == "8"
    assert any("out of memory [bold]: try fewer slots" in line for line in table)


async def test_what_is_tried_now_is_said() -> None:
    app, _ = app_on(sweep_view(1, 2))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "trying 12 slots  2 tried  how many slots" in screen_text(app)


async def test_a_load_that_is_tried_a_second_time_is_said_to_be_confirmed() -> None:
    app, _ = app_on(sweep_view(1, 2, 12))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "trying 12 slots again, to confirm  3 tried" in screen_text(app)


async def test_it_follows_the_sweep_and_its_keys() -> None:
    app, sweep = app_on(sweep_view(1, 2))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        sweep.view = sweep_view(1, 2, 4)
        assert isinstance(app.screen, SweepScreen)
        app.screen.show_view(app.view)
        assert "3 tried" in text_of(app.screen.query_one("#sweep-head", Drawn)._lines)[0]
        assert any("4" in line.split()[1:3] for line in text_of(app.screen.query_one(SweepTable)._lines))
        assert "158" in " ".join(text_of(app.screen.query_one(SweepChart)._lines))
        await pilot.press("v")
        assert isinstance(app.screen, TextScreen)
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("x")
        await pilot.pause()
        assert sweep.calls == ["stop"]


async def test_a_sweep_given_is_run_and_shown_at_once() -> None:
    sweep = MadeSweep(sweep_view(1, 2))
    app = LiveApp(ScriptedSession(scripted_views.empty()), parts(), work=LongWork(sweep=sweep))
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert (isinstance(app.screen, SweepScreen), sweep.calls) == (True, ["run"])


async def test_a_digit_shows_one_panel_alone_and_on_a_low_screen_the_table_has_the_room() -> None:
    app, _ = app_on(sweep_view(1, 2, 4, 8, 16, phase="done"))
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        low = screen_text(app)
        assert "3 levels" in low
        assert "1 load ─" not in low
        assert "1,455  SLO missed" in low
        await pilot.press("1")
        await pilot.pause()
        assert "TTFT p95 below" in screen_text(app)
        assert app.screen.query_one(SweepTable).display is False
        await pilot.press("escape")
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        await pilot.pause()
        whole = screen_text(app)
        assert "TTFT p95 below" in whole
        assert "2 TTFT" in whole
        assert "p50 424 ms" in whole


def levels_shown(app: RocmtuiApp) -> list[str]:
    """What stands between the head of the table and its lower edge."""
    return [line[1:-1].rstrip() for line in text_of(app.screen.query_one(SweepTable)._lines)[2:-1]]


async def test_no_row_stands_empty_between_the_levels() -> None:
    app, _ = app_on(sweep_view(1, 2, 4, 8, 6, 7))
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        shown = levels_shown(app)
    assert [line.replace(">", "").split()[0] for line in shown[:6]] == ["1", "2", "4", "6", "7", "8"]


async def test_of_many_levels_the_best_is_in_sight_and_the_others_by_scrolling() -> None:
    app, _ = app_on(sweep_view(*range(1, 30), phase="done"))
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        table = app.screen.query_one(SweepTable)
        best = [line for line in levels_shown(app) if ">" in line]
        assert len(best) == 1
        edge = text_of(table._lines)[-1]
        assert " more above, " in edge
        assert " more below " in edge
        table.focus()
        await pilot.press(*["up"] * 40)
        assert levels_shown(app)[0].split()[0] == "1"
        assert "more above" not in text_of(table._lines)[-1]
        await pilot.press(*["pagedown"] * 4)
        assert levels_shown(app)[-1].split()[0] == "29"
        assert "more below" not in text_of(table._lines)[-1]
        await pilot.press("end")
        assert best[0] in levels_shown(app)


async def test_a_load_that_misses_an_slo_is_marked_below_its_column_without_colour() -> None:
    app, _ = app_on(sweep_view(1, 2, 8, 16, 32, phase="done", failed=64))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        chart = text_of(app.screen.query_one(SweepChart)._lines)
    assert any(line.split()[1:-1] == ["1", "2", ">8", "!16", "!32", "64"] for line in chart)
