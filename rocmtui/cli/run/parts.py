"""What the app chooses from and opens on this machine: each is imported when it is first asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rocmtui.adapters.machine.clock import SystemClock
from rocmtui.adapters.machine.settings_file import SettingsFile
from rocmtui.cli.run.late import LateCatalog, LateSession, LateShelf
from rocmtui.recorder.live_recording import LiveRecorder
from rocmtui.tui.app.parts import AppParts, Replay

if TYPE_CHECKING:
    from rocmtui.core.bench.plan.cells import BenchPlan
    from rocmtui.core.bench.view import BenchControl
    from rocmtui.core.compare.verdicts import Comparison
    from rocmtui.core.result.card import ResultCard
    from rocmtui.core.runs.ports import RunShelf
    from rocmtui.core.session.face_ports import LaunchCatalog
    from rocmtui.core.sweep.report import SweepPlan
    from rocmtui.core.sweep.view import SweepControl
    from rocmtui.services.session.live import LiveSession
    from rocmtui.tui.server.attach import FoundServer


def parts(session: LiveSession | LateSession) -> AppParts:
    """All of it, for one session."""
    return AppParts(
        catalog=LateCatalog(_make_catalog),
        settings=SettingsFile(),
        shelf=cast("RunShelf", LateShelf(_make_shelf)),
        open_replay=_open_replay,
        compare=_compare,
        find_servers=_find_servers,
        demo=lambda: _demo(session),
        bench=lambda plan: _bench(session, plan),
        bench_of=_bench_of,
        sweep=lambda plan: _sweep(session, plan),
        result=result_card,
        recorder=screen_recorder(lambda: session.view().run_dir),
    )


def screen_recorder(run_dir: Callable[[], str | None] = lambda: None) -> LiveRecorder:
    """Records into the run's folder, or into `recordings` beside the runs where there is none."""

    def folder() -> Path:
        from rocmtui.adapters.runs.folder import default_runs_dir

        run = run_dir()
        return Path(run) if run else default_runs_dir().parent / "recordings"

    return LiveRecorder(folder, SystemClock())


def _make_catalog() -> LaunchCatalog:
    from rocmtui.wiring.launch import MachineCatalog

    return MachineCatalog()


def _make_shelf() -> RunShelf:
    from rocmtui.adapters.machine.files import data_folder
    from rocmtui.adapters.runs.index import RunIndex
    from rocmtui.adapters.runs.names import KINDS, remembered

    return RunIndex(*map(data_folder, KINDS), elsewhere=remembered)


def _real(session: LiveSession | LateSession) -> LiveSession:
    return session.now if isinstance(session, LateSession) else session


async def _demo(session: LiveSession | LateSession) -> None:
    from rocmtui.cli.run.demo import begin_demo

    await begin_demo(_real(session))


def _bench(session: LiveSession | LateSession, plan: BenchPlan) -> BenchControl:
    from rocmtui.wiring.benches import bench_over

    return bench_over(_real(session), plan)


def _sweep(session: LiveSession | LateSession, plan: SweepPlan) -> SweepControl:
    from rocmtui.wiring.benches import sweep_over

    return sweep_over(_real(session), plan)


async def result_card(path: str, place: str = "") -> ResultCard:
    """The card of a run; `place` stands for its path where that tells nobody anything: a packaged run."""
    from msgspec.structs import replace

    from rocmtui.adapters.runs.results import result_of

    card = await asyncio.to_thread(result_of, Path(path))
    return replace(card, place=place) if place else card


async def _open_replay(path: str) -> Replay:
    """In a thread: a long run takes seconds to read."""
    from rocmtui.adapters.runs.reader import read_run
    from rocmtui.wiring.replays import replay_session

    return await asyncio.to_thread(lambda: replay_session(read_run(Path(path)), SystemClock()))


async def _compare(a: str, b: str) -> Comparison:
    from rocmtui.adapters.runs.comparables import load_side
    from rocmtui.core.compare.verdicts import compare

    paths = (Path(a), Path(b))
    sides = await asyncio.gather(*(asyncio.to_thread(load_side, path, path.name) for path in paths))
    return compare(*sides)


async def _bench_of(a: str, b: str) -> BenchPlan:
    from rocmtui.adapters.runs.reader import read_run
    from rocmtui.core.bench.plan.of_runs import bench_of_two

    launches = (asyncio.to_thread(lambda path: read_run(Path(path)).launch_plan(), path) for path in (a, b))
    return bench_of_two(*await asyncio.gather(*launches))


async def _find_servers() -> tuple[FoundServer, ...]:
    from rocmtui.adapters.server.finder import find_servers
    from rocmtui.core.server.found import found_words
    from rocmtui.tui.server.attach import FoundServer

    found = await find_servers()
    return tuple(FoundServer(s.url, found_words(s), s.how == "left running") for s in found)
