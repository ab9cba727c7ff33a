"""The screens around the dashboard under what would break them: hostile text, plain terminals, resizing."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from textual.screen import Screen

from rocmtui.core.compare.verdicts import Comparison, Row
from rocmtui.core.load.draft.fields import LoadDraft
from rocmtui.core.server.state import LaunchPlan, ServerStatus
from rocmtui.core.session.launch import ModelChoice
from rocmtui.core.stats.verdict import judge
from rocmtui.errors import RunFolderError
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dialogs.quit import QuitScreen
from rocmtui.tui.launch.actions import LaunchActions
from rocmtui.tui.launch.screen import LaunchScreen
from rocmtui.tui.load.plan import LoadPlanScreen
from rocmtui.tui.result.actions import ComparePair
from rocmtui.tui.result.compare_screen import CompareScreen
from rocmtui.tui.runs.screen import RunsActions, RunsScreen
from rocmtui.tui.server.attach import AttachScreen, FoundServer
from rocmtui.tui.server.control import ServerScreen
from rocmtui.tui.server.failed import ServerFailedScreen
from rocmtui.tui.server.starting import StartActions, StartingScreen
from tests.fakes import scripted_views as views
from tests.fakes.launch_catalog import CARD, MODELS, MemoryStore, ScriptedCatalog
from tests.fakes.run_shelf import RUNS, ScriptedShelf, entry
from tests.fakes.scripted_session import ScriptedSession

replace = msgspec.structs.replace
EVIL = "\x1b]0;owned\x07\x1b[31m[bold red]@click[/]\u202egpj\ud800\x00\r\n" + "A" * 100_000


async def words(*_: object) -> str:
    return EVIL


async def refuses(*_: object) -> Comparison:
    raise RunFolderError(EVIL, EVIL)


async def fails(_: LaunchPlan) -> ServerStatus:
    said = views.failed().server.diagnosis
    evil = replace(said, cause=EVIL, remedy=EVIL, proof=(EVIL, EVIL), exit_status=EVIL)
    return replace(views.failed().server, diagnosis=evil)


async def fails_plainly(_: LaunchPlan) -> ServerStatus:
    return views.failed().server


def starting(plan: LaunchPlan, start: Callable[[LaunchPlan], Awaitable[ServerStatus]]) -> StartingScreen:
    return StartingScreen(plan, StartActions(start=start, stop=words, ready=print, edit=print))


async def servers() -> tuple[FoundServer, ...]:
    return (FoundServer("http://127.0.0.1:8080", EVIL),)


def launch(catalog: ScriptedCatalog) -> LaunchScreen:
    return LaunchScreen(
        catalog, MemoryStore(), LaunchActions(start=print, demo=print, attach=print, runs=print)
    )


def runs(*rows: object) -> RunsScreen:
    actions = RunsActions(
        open=print, compare=refuses, show_comparison=print, show_result=print, set_baseline=words
    )
    return RunsScreen(ScriptedShelf(*rows), actions)  # type: ignore[arg-type]


def evil_status() -> ServerStatus:
    facts = replace(views.FACTS, model=EVIL, build=EVIL, backend=EVIL, quantization=EVIL)
    plan = replace(views.PLAN, model=EVIL)
    diagnosis = replace(views.failed().server.diagnosis, cause=EVIL, remedy=EVIL, proof=(EVIL,) * 50)
    return replace(
        views.ready_status(),
        facts=facts,
        plan=plan,
        url=EVIL,
        command=(EVIL, EVIL),
        environment=(EVIL,),
        binary_source=EVIL,
        note=EVIL,
        diagnosis=diagnosis,
    )


def evil_catalog() -> ScriptedCatalog:
    model = ModelChoice(
        path=EVIL, name=EVIL, quantization=EVIL, architecture=EVIL, size_bytes=1 << 30, problem=EVIL
    )
    return ScriptedCatalog(models=(replace(MODELS[0], name=EVIL), model), gpus=(replace(CARD, name=EVIL),))


EVIL_SCREENS: dict[str, Callable[[], Screen[object]]] = {
    "launch": lambda: launch(evil_catalog()),
    "no model": lambda: launch(ScriptedCatalog(models=())),
    "starting": lambda: starting(replace(views.PLAN, model=EVIL), fails),
    "runs": lambda: runs(entry(1, model=EVIL, load=EVIL, name=EVIL, label=EVIL, problem=EVIL, path=EVIL)),
    "server": lambda: ServerScreen(evil_status()),
    "failed": lambda: ServerFailedScreen(evil_status(), EVIL),
    "quit": lambda: QuitScreen(replace(views.running(), server=evil_status(), run_dir=EVIL)),
    "attach": lambda: AttachScreen(find=servers),
    "load plan": lambda: LoadPlanScreen(
        LoadDraft(prompt_kind="text", prompt_text=EVIL, slo=EVIL, duration=EVIL)
    ),
}
PLAIN_SCREENS: dict[str, Callable[[], Screen[object]]] = {
    "launch": lambda: launch(ScriptedCatalog()),
    "starting": lambda: starting(views.PLAN, fails_plainly),
    "runs": lambda: runs(*RUNS),
    "server": lambda: ServerScreen(views.ready_status()),
    "failed": lambda: ServerFailedScreen(views.failed().server, "/runs/a"),
    "quit": lambda: QuitScreen(views.running()),
    "load plan": lambda: LoadPlanScreen(LoadDraft(shape="poisson", rate="soon")),
}


async def drawn(make: Callable[[], Screen[object]], size: tuple[int, int], *keys: str) -> list[str]:
    """The lines of the screen after some keys."""
    app = RocmtuiApp(ScriptedSession(views.running()))
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        app.push_screen(make())
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press(*keys)
        await app.workers.wait_for_complete()
        await pilot.pause()
        return [strip.text for strip in app.screen._compositor.render_strips()]


@pytest.mark.parametrize("name", EVIL_SCREENS)
async def test_hostile_text_is_inert_and_stays_in_its_place(name: str):
    lines = await drawn(EVIL_SCREENS[name], (100, 30))
    text = "".join(lines)
    assert text.isprintable()
    assert "owned" not in text
    assert {len(line) for line in lines} == {100}


async def test_a_hostile_verdict_and_error_are_inert():
    said = judge(None, unit="", better=None)
    evil = Row(key=EVIL, title=EVIL, unit=EVIL, better=None, a=1.0, b=2.0, verdict=said)
    comparison = Comparison(a=EVIL, b=EVIL, rows=(evil,), differences=(EVIL,), warnings=(EVIL,))
    lines = await drawn(
        lambda: CompareScreen(comparison, ComparePair("/a", "/b", "one", "other"), None), (100, 30)
    )
    assert "".join(lines).isprintable()
    assert "[bold red]@click[/]gpj" in "".join(lines)


async def test_a_hostile_failure_to_compare_is_inert():
    lines = await drawn(lambda: runs(entry(1), entry(2)), (100, 30), "space", "down", "c")
    assert "".join(lines).isprintable()
    assert "[bold red]@click[/]gpj" in "".join(lines)


@pytest.mark.parametrize("name", PLAIN_SCREENS)
async def test_every_glyph_has_an_ascii_likeness(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LC_ALL", "C")
    lines = await drawn(PLAIN_SCREENS[name], (100, 30))
    text = "".join(lines).replace("? all keys", "")
    assert text.isascii()
    assert "?" not in text


@pytest.mark.parametrize("name", PLAIN_SCREENS)
async def test_a_storm_of_resizes_leaves_a_whole_screen(name: str):
    chance = random.Random(7)
    app = RocmtuiApp(ScriptedSession(views.running()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.push_screen(PLAIN_SCREENS[name]())
        await pilot.pause()
        for _ in range(6):
            await pilot.resize_terminal(chance.randint(20, 220), chance.randint(5, 70))
        await pilot.resize_terminal(300, 100)
        await pilot.resize_terminal(80, 24)
        await app.workers.wait_for_complete()
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        assert {strip.cell_length for strip in strips} == {80}
        assert len(strips) == 24
