"""Benches and sweeps as rows of the list of runs."""

from __future__ import annotations

from pathlib import Path

import msgspec

from rocmtui.adapters.machine.files import telling
from rocmtui.adapters.runs.bench_folder import PLAN
from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.report import BenchReport, decode_bench
from rocmtui.core.runs.entry import RunEntry, unix_ns_of
from rocmtui.core.sweep.report import SweepReport, decode_sweep
from rocmtui.core.text.sizes import counted
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import RunFolderError

BENCH = "bench.json"
SWEEP = "sweep.json"


class _BenchHead(msgspec.Struct):
    """What plan.json and bench.json have in common."""

    started_at: str
    plan: BenchPlan


def is_suite(path: Path) -> bool:
    """Whether a folder holds a bench or a sweep."""
    return any((path / name).is_file() for name in (PLAN, BENCH, SWEEP))


def read_suite(path: Path) -> BenchReport | SweepReport | None:
    """The report of a bench or sweep; None where a folder is neither. Raises RunFolderError."""
    for name, decode in ((SWEEP, decode_sweep), (BENCH, decode_bench)):
        if (path / name).is_file():
            with telling(f"cannot read {path / name}"):
                return decode((path / name).read_bytes())
    if is_suite(path):
        raise RunFolderError("it has no report yet", f"`rocmtui bench --resume {path}` goes on with it")
    return None


def suite_entry(path: Path) -> RunEntry:
    """The row of a bench or sweep; it says why where the folder cannot be read."""
    entry = RunEntry(path=str(path), name=path.name)
    try:
        if (path / SWEEP).is_file():
            return _of_sweep(entry, msgspec.json.decode((path / SWEEP).read_bytes(), type=SweepReport))
        head = path / PLAN if (path / PLAN).is_file() else path / BENCH
        return _of_bench(entry, msgspec.json.decode(head.read_bytes(), type=_BenchHead), path)
    except OSError as error:
        return msgspec.structs.replace(entry, problem=f"cannot read it: {error.strerror}")
    except UNREADABLE:
        return msgspec.structs.replace(entry, problem="it is damaged")


def _of_bench(entry: RunEntry, head: _BenchHead, path: Path) -> RunEntry:
    plan = head.plan
    what = f"bench of {counted(len(plan.variants), 'variant')}, {counted(plan.rounds, 'round')}"
    return msgspec.structs.replace(
        entry,
        kind="bench",
        label=plan.title or "",
        started_unix_ns=unix_ns_of(head.started_at),
        model=", ".join(map(plan.name_of, plan.models)),
        load=what,
        has_report=(path / BENCH).is_file(),
    )


def _of_sweep(entry: RunEntry, report: SweepReport) -> RunEntry:
    launch, best = report.plan.launch, report.best
    levels = [tried.level for tried in report.levels]
    reached = next((level for level in levels if level.load == best), None)
    return msgspec.structs.replace(
        entry,
        kind="sweep",
        label=report.plan.title,
        started_unix_ns=unix_ns_of(report.started_at),
        model=Path(launch.model).stem if launch else None,
        load=f"sweep of {report.plan.goal.axis}, {counted(len(levels), 'level')}",
        output_tps=reached.output_tps if reached else None,
        ttft_p95_ms=reached.ttft_p95_ms if reached else None,
        has_report=True,
    )
