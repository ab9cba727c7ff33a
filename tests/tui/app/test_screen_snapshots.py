"""Pictures of the screens around the dashboard that were looked at and approved.

After a change of the drawing: `pytest tests/tui/test_screen_snapshots.py --snapshot-update`, then look.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from rocmtui.core.load.draft.fields import LoadDraft
from rocmtui.core.server.state import LaunchPlan, ServerStatus
from rocmtui.core.session.view import SessionView
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dialogs.quit import QuitScreen
from rocmtui.tui.launch.actions import LaunchActions
from rocmtui.tui.launch.screen import LaunchScreen
from rocmtui.tui.load.control import running_scenario
from rocmtui.tui.load.plan import LoadPlanScreen
from rocmtui.tui.runs.screen import RunsActions, RunsScreen
from rocmtui.tui.server.failed import ServerFailedScreen
from rocmtui.tui.server.starting import StartActions, StartingScreen
from tests.fakes import scripted_views as views
from tests.fakes.launch_catalog import MemoryStore, ScriptedCatalog
from tests.fakes.run_shelf import RUNS, ScriptedShelf
from tests.fakes.scripted_session import ScriptedSession

SnapCompare = Callable[..., bool]
SMALL, NORMAL, LARGE = (80, 24), (120, 40), (200, 60)
SIZES = pytest.mark.parametrize("size", [SMALL, NORMAL, LARGE], ids=lambda size: f"{size[0]}x{size[1]}")
Make = Callable[[], Screen[object]]


@pytest.fixture(autouse=True)
def same_everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Full colour and universal time, whatever the terminal and the place."""
    for name in ("NO_COLOR", "LC_ALL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def compare(
    snap: SnapCompare,
    size: tuple[int, int],
    *,
    first: Make | None = None,
    over: Make | None = None,
    view: SessionView | None = None,
    keys: tuple[str, ...] = (),
    theme: str = "midnight",
) -> bool:
    app = RocmtuiApp(ScriptedSession(view or views.running()), first_screen=first, theme=theme)

    async def before(pilot: Pilot[int]) -> None:
        await pilot.pause()
        if over is not None:
            app.switch_screen(Screen())
            app.push_screen(over())
        elif searches := [worker for worker in app.workers if worker.group != "start"]:
            await app.workers.wait_for_complete(searches)
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()

    return snap(app, terminal_size=size, run_before=before)


def launch(catalog: ScriptedCatalog | None = None, before: LaunchPlan | None = None) -> LaunchScreen:
    actions = LaunchActions(start=print, demo=print, attach=print, runs=print)
    return LaunchScreen(catalog or ScriptedCatalog(), MemoryStore(), actions, before)


async def failed(_: LaunchPlan) -> ServerStatus:
    return views.failed().server


def start_fails() -> StartingScreen:
    return StartingScreen(views.PLAN, StartActions(failed, failed, print, print))  # type: ignore[arg-type]


async def words(*_: object) -> str:
    return ""


def runs() -> RunsScreen:
    actions = RunsActions(
        open=print, compare=words, show_comparison=print, show_result=print, set_baseline=words
    )
    return RunsScreen(ScriptedShelf(*RUNS), actions, current="/runs/run-5", baseline="/runs/run-3")


@SIZES
def test_launch(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert compare(snap_compare, size, first=launch, view=views.empty())


def test_launch_by_day_with_more_than_fits(snap_compare: SnapCompare) -> None:
    keys = ("tab", "down", "2", "0")
    assert compare(snap_compare, NORMAL, first=launch, view=views.empty(), keys=keys, theme="daylight")


def test_launch_without_a_model(snap_compare: SnapCompare) -> None:
    empty = ScriptedCatalog(models=(), gpus=())
    assert compare(snap_compare, SMALL, first=lambda: launch(empty), view=views.empty())


def test_a_failed_start(snap_compare: SnapCompare) -> None:
    assert compare(snap_compare, NORMAL, first=start_fails, view=views.failed())


def test_load_plan(snap_compare: SnapCompare) -> None:
    running = running_scenario(views.running())
    assert compare(snap_compare, SMALL, over=lambda: LoadPlanScreen(LoadDraft(), running))


def test_a_wrong_load_plan(snap_compare: SnapCompare) -> None:
    wrong = LoadDraft(shape="poisson", rate="fast", slo="ttft_p95<500", prompt_kind="file")
    assert compare(snap_compare, NORMAL, over=lambda: LoadPlanScreen(wrong))


@pytest.mark.parametrize("size", [SMALL, NORMAL], ids=["80x24", "120x40"])
def test_runs(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert compare(snap_compare, size, first=runs, keys=("down", "space", "down", "down"))


def test_quit(snap_compare: SnapCompare) -> None:
    assert compare(snap_compare, NORMAL, over=lambda: QuitScreen(views.running()), theme="daylight")


def test_the_server_is_gone(snap_compare: SnapCompare) -> None:
    over = lambda: ServerFailedScreen(views.failed().server, "/home/ada/runs/20261123T140000Z-gemma")  # noqa: E731
    assert compare(snap_compare, SMALL, over=over)
