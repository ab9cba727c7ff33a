"""A screen that opens styles each of its widgets once: a second time is what a key waits for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Static

from rocmtui.core.load.draft.fields import LoadDraft
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dialogs.help import HelpScreen
from rocmtui.tui.draw.screen import TooSmall
from rocmtui.tui.form.step_fields import NumberField
from rocmtui.tui.load.plan import LoadPlanScreen
from rocmtui.tui.runs.screen import RunsScreen
from rocmtui.tui.server.control import ServerScreen
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import running
from tests.tui.app.test_bindings import runs

Make = Callable[[RocmtuiApp], Screen[Any]]
SCREENS: dict[str, tuple[Make, type[DOMNode]]] = {
    "load plan": (lambda app: LoadPlanScreen(LoadDraft()), NumberField),
    "help": (lambda app: HelpScreen(app.screen), Static),
    "server": (lambda app: ServerScreen(app.view.server), Static),
    "runs": (lambda app: runs(), TooSmall),
}


@pytest.mark.parametrize("name", SCREENS)
async def test_each_widget_is_styled_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    styled: Counter[DOMNode] = Counter()
    apply = Stylesheet.apply

    def counting(sheet: Stylesheet, node: DOMNode, **how: Any) -> None:
        styled[node] += 1
        apply(sheet, node, **how)

    app = RocmtuiApp(ScriptedSession(msgspec.structs.replace(running(), live=None)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        make, kind = SCREENS[name]
        screen = make(app)
        monkeypatch.setattr(Stylesheet, "apply", counting)
        app.push_screen(screen)
        await pilot.pause()
        times = {styled[widget] for widget in screen.query(kind)}
        assert times == {1}


async def test_a_screen_still_follows_the_size_of_the_terminal() -> None:
    app = RocmtuiApp(ScriptedSession(running()), first_screen=lambda: LoadPlanScreen(LoadDraft()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert app.screen.has_class("-normal", "-roomy")
        await pilot.resize_terminal(80, 16)
        await pilot.pause()
        assert app.screen.has_class("-narrow", "-low")
        assert not app.screen.query_one("#plan-help").display
        await pilot.resize_terminal(170, 50)
        await pilot.pause()
        assert app.screen.has_class("-wide", "-roomy")


async def test_a_theme_that_changed_below_another_screen_is_seen_when_one_comes_back() -> None:
    app = RocmtuiApp(ScriptedSession(running()), theme="midnight")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        first = app.screen
        app.push_screen(runs())
        await pilot.pause()
        assert isinstance(app.screen, RunsScreen)
        app.theme = "daylight"
        await pilot.pause()
        shown = app.screen.styles.background
        app.pop_screen()
        await pilot.pause()
        assert app.screen is first
        assert app.screen.styles.background == shown
