"""Pictures of the dashboard that were looked at and approved.

After a change of the drawing: `pytest tests/tui/test_snapshots.py --snapshot-update`, then look at the SVGs.
"""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from rocmtui.tui.app.base import RocmtuiApp
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import VIEWS

SnapCompare = Callable[..., bool]
SMALL, NORMAL, LARGE = (80, 24), (120, 40), (200, 60)


@pytest.fixture(autouse=True)
def full_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever terminal the tests run in."""
    for name in ("NO_COLOR", "LC_ALL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("LANG", "C.UTF-8")


def compare(snap: SnapCompare, view: str, size: tuple[int, int], theme: str, *keys: str) -> bool:
    async def before(pilot: Pilot[int]) -> None:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()

    app = RocmtuiApp(ScriptedSession(VIEWS[view]()), theme=theme)
    return snap(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("theme", ["midnight", "daylight"])
@pytest.mark.parametrize("size", [SMALL, NORMAL, LARGE], ids=lambda size: f"{size[0]}x{size[1]}")
def test_running(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    assert compare(snap_compare, "running", size, theme)


@pytest.mark.parametrize("view", ["starting", "crowded", "spill", "replay"])
def test_situations(snap_compare: SnapCompare, view: str) -> None:
    assert compare(snap_compare, view, NORMAL, "midnight")


@pytest.mark.parametrize("view", ["empty", "failed", "no_gpu"])
def test_situations_in_a_small_terminal(snap_compare: SnapCompare, view: str) -> None:
    assert compare(snap_compare, view, SMALL, "midnight")


def test_the_waterfall(snap_compare: SnapCompare) -> None:
    assert compare(snap_compare, "running", NORMAL, "midnight", "w")
