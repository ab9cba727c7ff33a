"""What is put together only after the first paint."""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys

import pytest

from rocmtui.cli.run import late
from rocmtui.cli.run.app import _painted, tell_server_kept
from rocmtui.cli.run.late import OPENED_BY_KEYS, LateCatalog, LateSession, LateShelf
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.server.words import kept_words
from rocmtui.core.session.events import Noticed
from rocmtui.core.session.view import SessionView
from tests.fakes.launch_catalog import MODELS, ScriptedCatalog
from tests.fakes.run_shelf import ScriptedShelf, entry
from tests.fakes.scripted_session import ScriptedSession

HEAVY = (
    "httpx",
    "rocmtui.wiring",
    "rocmtui.adapters.runs.folder",
    "rocmtui.services.session.live",
    "urllib.request",
    "markdown_it",
    "pygments",
    "rocmtui.core.bench",
    "rocmtui.core.report.document",
    "rocmtui.core.sweep",
    "rocmtui.recorder.frames",
    "rocmtui.tui.bench.screen",
    "rocmtui.tui.dashboard.screen",
    "rocmtui.tui.load.plan",
    "rocmtui.tui.result.screen",
    "rocmtui.tui.runs.screen",
    "rocmtui.tui.server.starting",
)
"""None of these is needed to paint the launch screen: what opens a screen imports it then."""


class BegunSession(ScriptedSession):
    """Notes that it was begun."""

    def begin(self) -> None:
        self.calls.append(("begin", None))


async def test_a_session_is_made_and_begun_once_when_first_needed():
    made: list[BegunSession] = []

    def make() -> BegunSession:
        made.append(BegunSession())
        return made[-1]

    late = LateSession(make)  # type: ignore[arg-type]
    assert late.view() == SessionView()
    assert late.view() is late.view()
    await late.close()
    assert made == []
    await late.start_server(LaunchPlan(model="/m.gguf"))
    await late.set_concurrency(3)
    await late.close(keep_server=True)
    (session,) = made
    assert session.calls == [
        ("begin", None),
        ("start_server", LaunchPlan(model="/m.gguf")),
        ("set_concurrency", 3),
        ("close", True),
    ]
    assert late.view() is session.view()


async def test_a_catalog_is_made_with_the_first_search():
    made: list[ScriptedCatalog] = []

    def make() -> ScriptedCatalog:
        made.append(ScriptedCatalog())
        return made[-1]

    late = LateCatalog(make)
    plan = LaunchPlan(model=MODELS[0].path)
    assert late.estimate(plan) is None
    assert made == []
    assert (await late.models()).models == MODELS
    assert (await late.binary()).build == "b9120"
    assert late.estimate(plan) == made[0].estimate(plan)
    assert late.command_line(plan) == made[0].command_line(plan)
    assert len(made) == 1


async def test_a_shelf_is_made_when_the_runs_are_read():
    late = LateShelf(lambda: ScriptedShelf(entry(1), entry(2)))
    await late.delete("/runs/run-1")
    assert [run.path for run in await late.runs()] == ["/runs/run-2"]


def test_a_server_left_running_is_told_of_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    tell_server_kept(SessionView(notices=(Noticed(at_ns=0, level="info", text="resumed"),)))
    assert capsys.readouterr().out == ""
    words = kept_words("http://127.0.0.1:8080", 12, "/log")
    tell_server_kept(SessionView(notices=(Noticed(at_ns=0, level="info", text=words, code="kept"),)))
    assert capsys.readouterr().out == f"{words}\n"


def test_the_first_paint_waits_for_nothing_heavy():
    code = f"import rocmtui.cli.run.app, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert found.stdout.strip() == "[]"


async def test_what_keys_open_is_imported_once_painted_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[str] = []
    real = importlib.import_module
    monkeypatch.setattr(late, "APART_S", 0.0)
    monkeypatch.setattr(importlib, "import_module", lambda name: (imported.append(name), real(name)))
    session = BegunSession(SessionView())
    _painted(LateSession(lambda: session))  # type: ignore[arg-type, return-value]
    assert imported == []
    for _ in OPENED_BY_KEYS:
        await asyncio.sleep(0)
    assert imported == [f"rocmtui.tui.{name}" for name in OPENED_BY_KEYS]
