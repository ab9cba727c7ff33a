from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from rocmtui.core.runs.entry import RunEntry
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.launch import BinaryFound, MemoryFit
from rocmtui.core.session.settings import Settings
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dialogs.confirm import AskNameScreen, ConfirmScreen
from rocmtui.tui.form.pick_list import PickList
from rocmtui.tui.launch.actions import LaunchActions
from rocmtui.tui.launch.models import ModelPanel
from rocmtui.tui.launch.panels import CommandPanel, FitPanel
from rocmtui.tui.launch.screen import LaunchScreen
from tests.fakes import scripted_views as views
from tests.fakes.launch_catalog import MODELS, MemoryStore, ScriptedCatalog
from tests.fakes.run_shelf import entry
from tests.fakes.scripted_session import ScriptedSession
from tests.tui.screen_text import screen_text

GEMMA, QWEN, BROKEN = (model.path for model in MODELS[:3])


class Launch:
    """A launch screen in an app, and what it led to."""

    def __init__(
        self,
        catalog: ScriptedCatalog | None = None,
        store: MemoryStore | None = None,
        before: LaunchPlan | None = None,
        plan: LaunchPlan | None = None,
    ) -> None:
        self.catalog = catalog or ScriptedCatalog()
        self.store = store or MemoryStore()
        self.led_to: list[object] = []
        actions = LaunchActions(
            start=self.led_to.append,
            demo=lambda: self.led_to.append("demo"),
            attach=lambda: self.led_to.append("attach"),
            runs=lambda: self.led_to.append("runs"),
            back=lambda: self.led_to.append("back"),
        )
        self.screen = LaunchScreen(self.catalog, self.store, actions, before, plan)
        self.app = RocmtuiApp(ScriptedSession(), first_screen=lambda: self.screen)

    @asynccontextmanager
    async def shown(self, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[int]]:
        async with self.app.run_test(size=size) as pilot:
            await pilot.pause()
            if self.catalog.release.is_set():
                await self.app.workers.wait_for_complete()
                await pilot.pause()
            yield pilot

    def text(self, selector: str) -> str:
        return str(self.screen.query_one(selector, Static).content)

    def verdict(self) -> str:
        return str(self.screen.query_one(FitPanel).border_subtitle)


async def test_it_paints_before_anything_is_found():
    launch = Launch(ScriptedCatalog(held=True))
    async with launch.shown() as pilot:
        assert launch.text("#models-message") == "searching for models …"
        await pilot.press("right", "right")
        launch.catalog.release.set()
        await launch.app.workers.wait_for_complete()
        await pilot.pause()
        assert launch.screen.plan == LaunchPlan(model=GEMMA, parallel=6)
        assert launch.text("#head-found").startswith("llama-server b9120 ROCm (PATH) · Radeon RX 7900 XTX")


async def test_enter_starts_what_is_shown_and_remembers_it():
    launch = Launch()
    async with launch.shown() as pilot:
        await pilot.press("down", "enter")
    assert launch.led_to == [LaunchPlan(model=QWEN)]
    assert launch.store.settings.launch == LaunchPlan(model=QWEN)


async def test_fields_change_the_plan_the_fit_and_the_command():
    launch = Launch()
    async with launch.shown() as pilot:
        assert launch.verdict() == "✓ 16 slots fit, 17 do not"
        await pilot.press("tab", "down", "1", "8")
        assert launch.screen.plan.parallel == 18
        assert launch.verdict() == "✗ 16 slots fit at most, 18 do not"
        assert "--parallel 18" in str(launch.screen.query_one(CommandPanel).query_one(Static).content)
        await pilot.press("down", *["8", "1", "9", "2"], "down", "right")
        assert launch.screen.plan == LaunchPlan(
            model=GEMMA, parallel=18, ctx_per_slot=8192, cache_type_k="q8_0"
        )


async def test_a_number_over_the_limit_says_what_becomes_of_it():
    launch = Launch()
    async with launch.shown() as pilot:
        await pilot.press("tab", "down", *"999")
        assert launch.screen.plan.parallel == 256
        assert "◂ 999▏ → 256 ▸" in launch.screen.query_one("#field-parallel").render_line(0).text


async def test_what_does_not_fit_starts_only_after_a_question():
    launch = Launch()
    async with launch.shown() as pilot:
        await pilot.press("tab", "down", "9", "9", "enter")
        assert isinstance(launch.app.screen, ConfirmScreen)
        await pilot.press("escape")
        assert launch.led_to == []
        await pilot.press("enter", "enter")
        assert launch.led_to == [LaunchPlan(model=GEMMA, parallel=99)]


async def test_a_card_passed_over_is_asked_about():
    launch = Launch()
    launch.catalog.doubt = "auto takes GPU 1 rather than GPU 0; --gpu 0 takes the card"
    async with launch.shown() as pilot:
        await pilot.press("enter")
        assert isinstance(launch.app.screen, ConfirmScreen)
        await pilot.press("escape")
        assert launch.led_to == []
        await pilot.press("enter", "enter")
        assert len(launch.led_to) == 1


async def test_a_broken_model_is_not_started():
    launch = Launch()
    async with launch.shown() as pilot:
        await pilot.press("down", "down", "enter")
        assert launch.screen.plan.model == BROKEN
        assert "part 3 of 3 is missing" in launch.text("#model-details")
    assert launch.led_to == []


async def test_no_model_says_where_it_looked_and_offers_the_demo():
    launch = Launch(ScriptedCatalog(models=(), gpus=(), binary=BinaryFound(path=None)))
    async with launch.shown() as pilot:
        message = launch.text("#models-message")
        assert "/home/ada/.cache/llama.cpp" in message
        assert "try the demo" in message
        assert launch.text("#head-found") == "no llama-server found · no AMD GPU found"
        await pilot.press("enter", "d")
    assert launch.led_to == ["demo"]


async def test_searching_again():
    launch = Launch(ScriptedCatalog(models=()))
    async with launch.shown() as pilot:
        await pilot.press("r")
        await launch.app.workers.wait_for_complete()
    assert launch.catalog.searches == 2


async def test_the_last_plan_comes_back():
    last = LaunchPlan(model=QWEN, parallel=2, extra_args=("--mlock", "-ub", "512"))
    launch = Launch(store=MemoryStore(Settings(launch=last)))
    async with launch.shown():
        assert launch.screen.plan == last
        assert launch.screen.query_one("#field-extra_args Input", Input).value == "--mlock -ub 512"
        assert launch.screen.query_one(PickList).chosen is not None
        assert launch.screen.query_one(ModelPanel).chosen == MODELS[1]


async def test_profiles_are_kept_chosen_and_forgotten():
    launch = Launch()
    async with launch.shown() as pilot:
        await pilot.press("w")
        assert isinstance(launch.app.screen, AskNameScreen)
        await pilot.press("enter")
        assert isinstance(launch.app.screen, AskNameScreen)
        await pilot.press(*"fast", "enter")
        assert launch.store.settings.profiles == {"fast": LaunchPlan(model=GEMMA)}
        await pilot.press("down", "tab", "left")
        assert launch.screen.plan.model == QWEN
        await pilot.press("right")
        assert launch.screen.plan == LaunchPlan(model=GEMMA)
        await pilot.press("x", "enter")
        assert launch.store.settings.profiles == {}


async def test_wrong_flags_are_told_as_they_are_typed():
    launch = Launch()
    async with launch.shown() as pilot:
        launch.screen.query_one("#field-extra_args Input").focus()
        await pilot.press(*"--x '")
        assert launch.text("#field-extra_args .field-problem") == " ✗ no closing quotation "
        assert launch.screen.plan.extra_args == ("--x",)
        await pilot.press("backspace", "backspace", "backspace", *"bad")
        assert (
            launch.text("#command-text") == "this llama-server has no option --bad (see llama-server --help)"
        )
        assert launch.text("#field-extra_args .field-problem").startswith(" ✗ this llama-server has no")
        await pilot.press("backspace")
        assert launch.text("#field-extra_args .field-problem") == ""


@pytest.mark.parametrize("typed", ["--bad", "--x '"])
async def test_what_cannot_be_run_is_neither_started_nor_kept(typed: str):
    launch = Launch()
    async with launch.shown() as pilot:
        launch.screen.query_one("#field-extra_args Input").focus()
        await pilot.press(*typed, "enter")
        assert (launch.led_to, launch.store.settings.launch) == ([], None)
        await pilot.press("ctrl+u", "enter")
    assert launch.led_to == [LaunchPlan(model=GEMMA)]


async def test_the_filter_narrows_the_list():
    launch = Launch()
    async with launch.shown() as pilot:
        await pilot.press("slash", *"270m")
        await pilot.pause()
        assert launch.screen.query_one(ModelPanel).border_subtitle == "1 of 4"
        assert launch.screen.plan.model == MODELS[3].path
        await pilot.press("enter", "escape")
        assert launch.screen.query_one(ModelPanel).border_subtitle == "4 found"
        assert launch.screen.query_one(PickList).has_focus


async def test_the_command_line_is_copied():
    launch = Launch()
    async with launch.shown() as pilot:
        await pilot.press("y")
        assert launch.app.clipboard.startswith("/opt/llama/llama-server -m /home/ada/models/gemma-3-27b")


async def test_a_restart_shows_what_was_before():
    before = LaunchPlan(model=QWEN, parallel=4)
    launch = Launch(store=MemoryStore(Settings(launch=LaunchPlan(model=GEMMA, parallel=9))), before=before)
    async with launch.shown() as pilot:
        assert launch.screen.plan == before
        await pilot.press("tab", "down", "right")
        line = launch.screen.query_one("#field-parallel").render_line(0).text
        assert line.rstrip() == "›slots        ◂ 5 ▸  was 4"


async def test_broken_settings_are_told_and_nothing_stops():
    launch = Launch(store=MemoryStore(broken="config.toml: line 3 is no TOML"))
    async with launch.shown() as pilot:
        assert [notice.message for notice in launch.app._notifications] == ["config.toml: line 3 is no TOML"]
        await pilot.press("enter")
    assert launch.led_to == [LaunchPlan(model=GEMMA)]


async def test_the_mouse_steps_picks_and_starts():
    launch = Launch()
    async with launch.shown() as pilot:
        await pilot.click("#field-parallel", offset=(18, 0))
        assert launch.screen.plan.parallel == 5
        await pilot.click("#field-parallel", offset=(14, 0))
        assert launch.screen.plan.parallel == 4
        await pilot.click("#models", offset=(5, 2), times=2)
    assert launch.led_to == [LaunchPlan(model=QWEN)]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (300, 100)])
async def test_all_that_matters_is_on_the_screen(size: tuple[int, int]):
    launch = Launch()
    async with launch.shown(size):
        for selector in ("#models", "#field-extra_args", "#fit", "#command-text", "KeyLine"):
            region = launch.screen.query_one(selector).region
            assert region.height >= 1, selector
            assert launch.screen.region.contains_region(region), selector


async def test_in_the_smallest_window_no_figure_is_cut_and_a_file_keeps_its_end():
    launch = Launch()
    async with launch.shown((60, 16)):
        first, second = launch.text("#model-details").splitlines()
        assert first == "Q4_K_M · gemma3 · 27.0B · trained on 131,072 tokens"
        assert second == GEMMA
    launch = Launch()
    async with launch.shown((80, 24)):
        second = launch.text("#model-details").splitlines()[1]
        assert second.startswith("…")
        assert second.endswith("gemma-3-27b-it-Q4_K_M.gguf")


async def test_without_models_what_to_do_is_seen_in_the_smallest_window():
    launch = Launch(ScriptedCatalog(models=(), gpus=()))
    async with launch.shown((60, 16)):
        shown = screen_text(launch.app)
        assert "d  try the demo" in shown
        assert "+  name a folder" in shown


async def test_a_build_without_a_way_to_the_card_is_marked_without_colours_too():
    binary = BinaryFound(path="/usr/bin/llama-server", source="PATH", build="b9120", backend="CPU")
    launch = Launch(ScriptedCatalog(binary=binary))
    async with launch.shown((60, 16)):
        assert launch.text("#head-found").startswith("⚠ ")


async def test_a_hint_is_whole_or_not_there():
    launch = Launch()
    async with launch.shown((100, 30)):
        assert "×4 = 16,384" in screen_text(launch.app)
    launch = Launch()
    async with launch.shown((80, 24)) as pilot:
        await pilot.press("tab", "down", *"2000")
        assert "context      ◂ auto ▸" in screen_text(launch.app)
        assert "×2" not in screen_text(launch.app)


async def test_a_model_from_elsewhere_is_listed_and_kept():
    given = LaunchPlan(model="/elsewhere/own.gguf", parallel=2)
    launch = Launch(plan=given)
    async with launch.shown() as pilot:
        assert launch.screen.plan == given
        assert launch.verdict() == "not known for this model and device"
        chosen = launch.screen.query_one(PickList).chosen
        assert chosen is not None
        assert chosen.texts[:4] == ("own.gguf", "–", "–", "–")
        await pilot.press("enter")
    assert launch.led_to == [given]


async def test_a_profile_whose_model_is_gone_shows_that_model():
    profiles = {"old": LaunchPlan(model="/gone/old.gguf")}
    launch = Launch(store=MemoryStore(Settings(profiles=profiles)))
    async with launch.shown() as pilot:
        await pilot.press("tab", "right")
        assert launch.screen.plan == profiles["old"]
        chosen = launch.screen.query_one(PickList).chosen
        assert chosen is not None
        assert chosen.key == "/gone/old.gguf"


async def test_escape_leads_back_where_there_is_something_below():
    launch = Launch()
    async with launch.shown() as pilot:
        launch.screen.query_one("#field-extra_args Input").focus()
        await pilot.press("escape")
        assert launch.led_to == []
        await pilot.press("escape")
    assert launch.led_to == ["back"]


async def test_leaving_before_the_search_ends_is_no_fault():
    launch = Launch(ScriptedCatalog(held=True))
    async with launch.shown() as pilot:
        await pilot.press("d")
        await launch.screen.remove_children()
        launch.catalog.release.set()
        await launch.app.workers.wait_for_complete()
    assert launch.led_to == ["demo"]


async def test_what_a_model_did_here_before_stands_in_its_row() -> None:
    async def past() -> tuple[RunEntry, ...]:
        return (entry(2, model="gemma-3-27b-it-Q4_K_M.gguf"),)

    actions = LaunchActions(start=print, demo=print, attach=print, runs=print, past=past)
    screen = LaunchScreen(ScriptedCatalog(), MemoryStore(), actions)
    app = RocmtuiApp(ScriptedSession(views.empty()), first_screen=lambda: screen)
    async with app.run_test(size=(140, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        shown = screen_text(app)
    row = next(line for line in shown.splitlines() if "gemma-3-27b-it" in line)
    assert row.split("│")[1].rstrip().endswith("168 tok/s")
    assert "last run 168 tok/s with 6 workers, TTFT p95 1.60 s" in shown


class TooLarge(ScriptedCatalog):
    """Nothing fits, and what would is a long sentence."""

    ADVICE = "45 of 62 layers fit on the card, or q8_0 for the cache, or 4,096 tokens of context a slot"

    def estimate(self, plan: LaunchPlan) -> MemoryFit | None:
        fit = super().estimate(plan)
        assert fit is not None
        return msgspec.structs.replace(fit, weights_bytes=25 << 30, max_slots=0, advice=self.ADVICE)


class Expected(ScriptedCatalog):
    """What the speed would be is known, and that it would be read from disk."""

    EXPECT = "about 45 to 60 tok/s alone, 180 to 240 with 4 slots"
    DOUBT = "9.0 GiB of the weights stay in system memory, which has room for 4.0 GiB"

    def estimate(self, plan: LaunchPlan) -> MemoryFit | None:
        fit = super().estimate(plan)
        assert fit is not None
        return msgspec.structs.replace(fit, expect=self.EXPECT, doubt=self.DOUBT)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_the_speed_to_expect_and_what_would_slow_it_are_told(size: tuple[int, int]) -> None:
    launch = Launch(Expected())
    async with launch.shown(size):
        shown = " ".join(screen_text(launch.app).replace("│", " ").split())
    assert f"{Expected.DOUBT} expect {Expected.EXPECT}" in shown


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_what_would_make_a_model_fit_is_not_cut(size: tuple[int, int]) -> None:
    launch = Launch(TooLarge())
    async with launch.shown(size):
        shown = " ".join(screen_text(launch.app).replace("│", " ").split())
    assert f"try: {TooLarge.ADVICE}" in shown
    assert "enter start" in shown
