from __future__ import annotations

import msgspec
from textual.pilot import Pilot
from textual.widgets import Static

from rocmtui.core.load.draft.fields import LoadDraft
from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, PromptPlan, Scenario
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.load.control import apply_choice, running_scenario
from rocmtui.tui.load.plan import LoadChoice, LoadPlanScreen
from tests.fakes import scripted_views as views
from tests.fakes.scripted_session import ScriptedSession

SMALL = LoadDraft(concurrency=4, prompt_tokens=64, max_tokens=32, requests=20)
SMALL_SCENARIO = Scenario(
    shape=ClosedLoop(concurrency=4), prompt=PromptPlan(tokens=64), max_tokens=32, requests=20
)
replace = msgspec.structs.replace


class Plan:
    """A load plan in an app, and what it ended in."""

    def __init__(self, draft: LoadDraft = SMALL, running: Scenario | None = None) -> None:
        self.screen = LoadPlanScreen(draft, running)
        self.ends: list[LoadChoice | None] = []
        self.asked: list[str | None] = []

    async def press(self, *keys: str) -> str:
        """Press keys; returns the plan in words."""
        app = RocmtuiApp(ScriptedSession(views.running()))
        async with app.run_test(size=(80, 24)) as pilot:
            app.push_screen(self.screen, self.ends.append)
            await pilot.pause()
            words = str(self.screen.query_one("#plan-words", Static).content)
            for key in keys:
                await self._press(pilot, key)
                if self.screen.is_current:
                    words = str(self.screen.query_one("#plan-words", Static).content)
            fields = self.screen.query("StepField, TextField") if self.screen.is_current else ()
            self.asked = [field.name for field in fields if field.display]
            return words

    async def _press(self, pilot: Pilot[int], key: str) -> None:
        await pilot.press(key)
        await pilot.pause()


async def test_the_plan_is_said_in_words_and_started():
    plan = Plan()
    words = await plan.press("enter")
    assert words == "4 workers · prompts of 64 tokens · answers of 32 · 20 requests\nEnter starts it."
    assert plan.ends == [LoadChoice(SMALL_SCENARIO, SMALL, live=False)]


async def test_escape_ends_in_nothing():
    plan = Plan()
    await plan.press("escape")
    assert plan.ends == [None]


async def test_an_open_loop_asks_for_a_rate():
    plan = Plan()
    words = await plan.press("right", "down", "end", *".5", "enter")
    assert words.startswith("1.5 requests/s, even arrivals · prompts of 64 tokens")
    assert plan.ends[0] is not None
    assert plan.ends[0].scenario == replace(SMALL_SCENARIO, shape=OpenLoop(rate=1.5))


async def test_a_wrong_field_is_told_and_keeps_enter_from_ending():
    plan = Plan(replace(SMALL, shape="poisson", rate="soon"))
    words = await plan.press("enter")
    assert words == "✗ requests per second, such as 2, 0.5 or 30/min"
    assert plan.ends == []


async def test_the_prompt_kind_decides_what_is_asked():
    plan = Plan()
    words = await plan.press("down", "down", "right", "down", *"Hi")
    assert words.startswith("4 workers · one prompt text")
    assert plan.asked[:5] == ["shape", "concurrency", "prompt_kind", "prompt_text", "cache_prompt"]


async def test_more_workers_change_the_running_load():
    plan = Plan(LoadDraft(), SMALL_SCENARIO)
    words = await plan.press("down", "right", "right", "enter")
    assert words.endswith("Enter changes the running load.")
    assert plan.ends[0] is not None
    assert plan.ends[0].live
    assert plan.ends[0].scenario.shape == ClosedLoop(concurrency=6)


async def test_other_prompts_need_a_new_load():
    plan = Plan(LoadDraft(), SMALL_SCENARIO)
    words = await plan.press("down", "down", "down", "right", "enter")
    assert words.endswith("Enter ends the running load (it is kept) and starts this one.")
    assert plan.ends[0] is not None
    assert not plan.ends[0].live


async def test_a_choice_is_applied_as_lightly_as_possible():
    session = ScriptedSession()
    opened = replace(SMALL_SCENARIO, shape=OpenLoop(rate=2.5))
    await apply_choice(session, LoadChoice(SMALL_SCENARIO, SMALL, live=True), session.start_load)
    await apply_choice(session, LoadChoice(opened, SMALL, live=True), session.start_load)
    await apply_choice(session, LoadChoice(opened, SMALL, live=False), session.start_load)
    assert session.calls == [("set_concurrency", 4), ("set_rate", 2.5), ("start_load", opened)]


def test_the_running_load_is_the_scenario_as_it_was_changed_since():
    running = views.running()
    assert running.live is not None
    more = replace(running, live=replace(running.live, concurrency=11))
    scenario = running_scenario(more)
    assert scenario is not None
    assert scenario.shape == ClosedLoop(concurrency=11)
    assert running_scenario(replace(running, live=replace(running.live, phase="done"))) is None
    assert running_scenario(views.empty()) is None
