"""Text never touches the scroll bar of a dialog that is higher than the terminal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.screen import Screen

from rocmtui.core.compare.verdicts import Comparison
from rocmtui.core.load.draft.fields import LoadDraft
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dialogs.dialog import DialogBox
from rocmtui.tui.dialogs.report_page import ReportPage
from rocmtui.tui.dialogs.text_page import TextScreen
from rocmtui.tui.load.plan import LoadPlanScreen
from rocmtui.tui.result.actions import ComparePair, ResultActions
from rocmtui.tui.result.compare_screen import CompareScreen
from rocmtui.tui.result.screen import ResultScreen
from tests.fakes import scripted_views as views
from tests.fakes.scripted_session import ScriptedSession
from tests.tui.result.test_screen import faulty

SPACED = "a b c d e f g h i j k l m n o p q r s t u v w x y z " * 40
"""Fills a line to its last cell at every width but for one."""
DIALOGS: dict[str, Callable[[], Screen[object]]] = {
    "card": lambda: ResultScreen(faulty(4, 9), ResultActions()),
    "comparison": lambda: CompareScreen(
        Comparison(a="a", b="b", rows=(), warnings=(SPACED, SPACED)),
        ComparePair("/a", "/b", "one", "other"),
        None,
    ),
    "report": lambda: ReportPage(f"# report\n\n{SPACED}\n\n| a | b |\n|---|---|\n| {SPACED} | 1 |\n"),
    "text": lambda: TextScreen("text", f"{SPACED}\n{'x' * 4000}"),
    "load plan": lambda: LoadPlanScreen(LoadDraft(prompt_kind="text", prompt_text=SPACED)),
}


@pytest.mark.parametrize("width", [60, 61])
@pytest.mark.parametrize("name", DIALOGS)
async def test_a_column_stays_free_beside_the_scroll_bar(name: str, width: int) -> None:
    app = RocmtuiApp(ScriptedSession(views.running()))
    async with app.run_test(size=(width, 16)) as pilot:
        await pilot.pause()
        app.push_screen(DIALOGS[name]())
        await pilot.pause()
        await pilot.pause()
        box = app.screen.query_one(DialogBox)
        assert box.show_vertical_scrollbar
        inside = box.scrollable_content_region
        text = [strip.text for strip in app.screen._compositor.render_strips()]
        beside = {text[y][inside.right - 1] for y in range(inside.y, inside.bottom)}
    assert beside == {" "}
