"""Replayed sessions, and what is read of runs on disk."""

from __future__ import annotations

from pathlib import Path

from rocmtui.adapters.runs.pack import open_run
from rocmtui.adapters.runs.reader import RunData
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.document import Report
from rocmtui.core.session.ports import Clock
from rocmtui.errors import RunFolderError
from rocmtui.services.session.replay import ReplaySession


def replay_session(run: RunData, clock: Clock, *, speed: float = 1.0) -> ReplaySession:
    """A session that plays a run again. Raises UsageError when the run holds no events."""
    started = run.started()
    return ReplaySession(
        sorted(run.events(), key=lambda event: event.at_ns),
        clock,
        scenario=run.scenario,
        label=started.label if started and started.label else run.path.name,
        run_dir=str(run.path),
        speed=speed,
    )


def report_of(path: Path) -> Report:
    """The report of a run, packed or not; made from its records where the run was cut off before its own."""
    with open_run(path) as run:
        return run.report_or_built()


def last_snapshot(path: Path) -> LiveSnapshot:
    """The last snapshot of a run, for a baseline. Raises RunFolderError when it has none."""
    with open_run(path) as run:
        last = None
        for event in run.events_only():
            if isinstance(event, LiveSnapshot):
                last = event
    if last is None:
        raise RunFolderError(f"{path} has no figures to compare with", "choose another run as baseline")
    return last
