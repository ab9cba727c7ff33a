"""Opens the app on a live session and leaves nothing behind when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rocmtui.adapters.machine.settings_file import SettingsFile
from rocmtui.cli.options.theme import known_theme
from rocmtui.cli.output.streams import need_terminal
from rocmtui.cli.run.late import LateSession, import_screens
from rocmtui.cli.run.parts import parts
from rocmtui.cli.run.signals import ending_an_app
from rocmtui.core.server.state import LaunchPlan
from rocmtui.errors import ExitCode, RunFolderError, UsageError
from rocmtui.tui.app.live import LiveApp
from rocmtui.tui.bench.long_work import LongWork

if TYPE_CHECKING:
    from rocmtui.adapters.runs.bench_folder import BenchFolder
    from rocmtui.adapters.runs.sweep_folder import SweepFolder
    from rocmtui.cli.options.metrics import Outlet
    from rocmtui.core.bench.result import BenchResults
    from rocmtui.core.session.face_ports import Session
    from rocmtui.core.session.ports import EventSink
    from rocmtui.core.session.view import SessionView
    from rocmtui.core.sweep.report import SweepPlan, SweepReport
    from rocmtui.services.session.live import LiveSession

    First = Callable[[LiveSession], LaunchPlan | Callable[[], Awaitable[object]]]
    """What to begin with, once there is a session."""


def run_app(
    first: First | None,
    *,
    theme: str | None = None,
    keep_server: bool = False,
    outlet: Outlet | None = None,
    fleet: tuple[str, ...] = (),
) -> int:
    """Run the app on the launch screen, or on what `first` says; returns the exit code.

    `fleet` are further servers for its loads.
    """
    need_terminal()
    return asyncio.run(_run(first, known_theme(theme), keep_server, outlet, fleet))


async def _run(
    first: First | None,
    theme: str | None,
    keep_server: bool,
    outlet: Outlet | None,
    fleet: tuple[str, ...],
) -> int:
    late = LateSession(lambda: _make_session(outlet.listeners if outlet else ()))
    app = LiveApp(
        cast("Session", late),
        parts(late),
        first=None if first is None else first(late.now),
        theme=theme or saved_theme(),
        keep_server=keep_server,
        painted=lambda: _painted(late),
        fleet=fleet,
    )
    if outlet is None:
        return await _show(late, app)
    async with outlet.open(late.view):
        return await _show(late, app)


def _painted(late: LateSession) -> LiveSession:
    """What the first paint did not wait for: the session, the next screens, collecting garbage again."""
    gc.freeze()
    gc.enable()
    import_screens()
    return late.now


async def run_bench_app(folder: BenchFolder, results: BenchResults, outlet: Outlet) -> None:
    """Run a bench in the app, on a terminal that was asked for. Its report is in its folder then."""
    from rocmtui.wiring.benches import bench_job, bench_runner

    session, runner = bench_runner(folder, results, listeners=outlet.listeners)
    async with outlet.open(session.view):
        await _run_work(session, LongWork(bench=bench_job(folder, runner)))


async def run_sweep_app(plan: SweepPlan, folder: SweepFolder, outlet: Outlet) -> SweepReport:
    """Run a sweep in the app, on a terminal that was asked for; returns its report."""
    from rocmtui.wiring.benches import sweep_job
    from rocmtui.wiring.sessions import live_session

    session = live_session(runs=folder.runs, listeners=outlet.listeners)
    job = sweep_job(plan, folder, session)
    async with outlet.open(session.view):
        await _run_work(session, LongWork(sweep=job))
    return job.report


async def _run_work(session: LiveSession, work: LongWork) -> None:
    session.begin()
    try:
        app = LiveApp(session, parts(session), theme=saved_theme(), work=work)
        await _show(session, app, tells=False)
    finally:
        if work.control is not None:
            await work.control.stop()


async def _show(session: LiveSession | LateSession, app: LiveApp, *, tells: bool = True) -> int:
    """Run the app over its session, and close that whatever ends it.

    `tells`: leave what was done last on the terminal; the command of a bench or sweep does that itself.
    """
    with ending_an_app(lambda: app.exit(ExitCode.INTERRUPTED), ExitCode.INTERRUPTED):
        try:
            code = await app.run_async()
        finally:
            if app.recorder is not None:
                app.recorder.stop()
            run_dir = session.view().run_dir
            await session.close(keep_server=app.keeps_server)
    if app.failure is not None:
        return _tell_crash(app.failure, run_dir)
    if not tells:
        return code or ExitCode.DONE
    if app.work_kept is not None:
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.write(f"kept in {app.work_kept}\n")
            if (command := app.work_goes_on) is not None:
                sys.stdout.write(f"go on with: {command}\n")
    elif kept := session.view().kept_dir:
        _tell_result(Path(kept))
    tell_server_kept(session.view())
    return code or ExitCode.DONE


def tell_server_kept(view: SessionView) -> None:
    """How to reach and to end a server that was left running, where it was."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.writelines(f"{notice.text}\n" for notice in view.notices if notice.code == "kept")


def _tell_result(path: Path) -> None:
    """Leave the result of the last load on the terminal, where the app was."""
    from rocmtui.adapters.runs.results import result_of
    from rocmtui.cli.output.face import Face
    from rocmtui.core.result.words import terminal_lines

    with contextlib.suppress(RunFolderError, BrokenPipeError):  # a folder gone or a terminal closed meanwhile
        sys.stdout.write(Face(sys.stdout).words(terminal_lines(result_of(path))))


def _make_session(listeners: Sequence[EventSink] = ()) -> LiveSession:
    from rocmtui.wiring.sessions import live_session

    return live_session(listeners=listeners)


def saved_theme() -> str | None:
    try:
        return SettingsFile().read().theme
    except UsageError:
        return None  # the launch screen tells what is wrong with the file


def _tell_crash(failure: BaseException, run_dir: str | None) -> int:
    """One line that says where the traceback and the run are."""
    file = Path(tempfile.gettempdir()) / f"rocmtui-crash-{os.getpid()}.txt"
    file.write_text("".join(traceback.format_exception(failure)), encoding="utf-8")
    run = f"; the run is in {run_dir}" if run_dir else ""
    sys.stderr.write(f"rocmtui: a fault of ours ended the app: {failure!r:.200} (traceback: {file}{run})\n")
    return ExitCode.NOTHING_COMPLETED
