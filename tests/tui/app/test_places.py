"""Explain mode, help, the palette and the theme picker."""

import re

import pytest

from rocmtui.core.request.metrics import METRICS
from rocmtui.core.session.settings import Settings
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dashboard.screen import Dashboard
from rocmtui.tui.dialogs.explain_line import figures_of
from rocmtui.tui.dialogs.help import HelpScreen, grouped, keys_of
from rocmtui.tui.dialogs.theme_picker import ThemePicker
from rocmtui.tui.draw.explanations import explain
from rocmtui.tui.draw.panel import Drawn
from rocmtui.tui.runs.screen import RunsActions, RunsScreen
from tests.fakes.run_shelf import RUNS, ScriptedShelf
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import VIEWS, running
from tests.tui.screen_text import screen_text


class MemorySettings:
    """Settings in memory."""

    def __init__(self) -> None:
        self.settings = Settings()

    def read(self) -> Settings:
        return self.settings

    def write(self, settings: Settings) -> None:
        self.settings = settings


@pytest.mark.parametrize("name", VIEWS)
async def test_every_figure_on_the_screen_has_its_definition(name: str) -> None:
    app = RocmtuiApp(ScriptedSession(VIEWS[name]()))
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        tags = {tag for widget in app.screen.query(Drawn) for tag in widget.tags()}
        assert [tag for tag in tags if explain(tag, app.view) is None] == []


async def test_digits_stand_in_figures_that_can_be_explained() -> None:
    app = RocmtuiApp(ScriptedSession(running()))
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        bare = {
            span.text.strip()
            for widget in app.screen.query(Drawn)
            if widget.display and widget.id not in ("log", "keys")
            for line in widget._lines
            for span in line
            if span.role == "figure" and not span.tag and re.search(r"\d", span.text)
        }
        assert bare == set()


def test_metrics_are_explained_from_their_table() -> None:
    for tag, metric in METRICS.items():
        found = explain(tag, running())
        assert found is not None
        if tag not in ("output_tps", "prefill_tps"):
            assert found.meaning == metric.formula


def test_a_gpu_figure_names_its_source() -> None:
    assert explain("power_watts", running()).source.startswith("hwmon")


async def test_explain_steps_through_the_figures() -> None:
    app = RocmtuiApp(ScriptedSession(running()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        await pilot.pause()
        assert "Move over a figure" in screen_text(app)
        figures = figures_of(app.screen, app.view)
        assert len(figures) > 20
        for figure in figures[:6]:
            await pilot.press("right")
            await pilot.pause()
            title = explain(figure.tag, app.view).title
            assert title in screen_text(app)
            assert figure.widget.marked_tag == figure.tag
        await pilot.press("escape")
        await pilot.pause()
        assert "explain" not in screen_text(app)
        assert all(not widget.marked_tag for widget in app.screen.query(Drawn))


async def test_explain_follows_the_pointer() -> None:
    app = RocmtuiApp(ScriptedSession(running()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        await pilot.pause()
        line = screen_text(app).splitlines()[3]
        await pilot.hover(offset=(line.index("424 ms") + 1, 3))
        await pilot.pause()
        assert "p50 of time to first token (ttft)" in screen_text(app)


async def test_help_names_every_key_of_the_place() -> None:
    app = RocmtuiApp(ScriptedSession(running()))
    async with app.run_test(size=(120, 60)) as pilot:
        entries = keys_of(app.screen)
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        text = screen_text(app)
        words = set(text.replace("│", " ").replace(",", " ").split())
        for entry in entries:
            assert set(entry.description.replace(",", " ").split()) <= words | {"alone"}, entry
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, Dashboard)


async def test_the_palette_runs_an_action() -> None:
    session = ScriptedSession(running())
    app = RocmtuiApp(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"pause")
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        await app.workers.wait_for_complete()
        assert ("pause", None) in session.calls


async def test_a_theme_is_tried_on_and_kept_or_put_back() -> None:
    settings = MemorySettings()
    app = RocmtuiApp(ScriptedSession(running()), theme="midnight", settings=settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("T")
        await pilot.pause()
        assert isinstance(app.screen, ThemePicker)
        await pilot.press("down")
        await pilot.pause()
        tried = app.theme
        assert tried != "midnight"
        await pilot.press("escape")
        await pilot.pause()
        assert app.theme == "midnight"
        assert settings.settings.theme is None
        await pilot.press("T", "down", "enter")
        await pilot.pause()
        assert app.theme == tried
        assert settings.settings.theme == tried


async def test_keys_of_a_screen_alone_stand_in_one_group_before_those_of_everywhere() -> None:
    actions = RunsActions(
        open=print, compare=print, show_comparison=print, show_result=print, set_baseline=print
    )
    screen = RunsScreen(ScriptedShelf(*RUNS), actions)
    app = RocmtuiApp(ScriptedSession(running()), first_screen=lambda: screen)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        groups = dict(grouped(app.screen))
    assert list(groups) == ["in the panel with the focus", "here", "everywhere"]
    assert {"open", "back", "result of the chosen run"} <= {entry.description for entry in groups["here"]}
    assert "quit" in {entry.description for entry in groups["everywhere"]}
