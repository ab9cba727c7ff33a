"""Finds what `rocmtui compare` is given: a run, a packed run, a report, a bench, or a name of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rocmtui.adapters.machine.files import data_folder, telling
from rocmtui.adapters.runs.names import find_folder
from rocmtui.adapters.runs.pack import open_run
from rocmtui.adapters.runs.suites import BENCH, SWEEP
from rocmtui.core.bench.report import BenchReport, decode_bench
from rocmtui.core.compare.bench_side import bench_side
from rocmtui.core.compare.run_side import run_side
from rocmtui.core.compare.sides import Side, merged
from rocmtui.core.report.document import Report, decode_report
from rocmtui.core.text.documents import schema_of
from rocmtui.errors import UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Baselines:
    """Names for runs, reports and benches: small files that hold a path a line."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or data_folder("baselines")

    def add(self, name: str, target: Path, *, keep: int) -> list[Path]:
        """Let a name stand for `target` too, and for the last `keep` in all. Raises UsageError."""
        targets = [*(path for path in self.find(name) if path != target.resolve()), target.resolve()]
        self.save(name, *targets[-keep:])
        return targets[-keep:]

    def save(self, name: str, *targets: Path) -> None:
        """Give runs a name, taking it from what had it before. Raises UsageError."""
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} is no name for a baseline", "use letters, digits, dots and dashes")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lines = "".join(f"{target.resolve()}\n" for target in targets)
            (self.root / name).write_text(lines, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot save the baseline: {error.strerror} ({self.root})") from error

    def find(self, name: str) -> list[Path]:
        """What a name stands for, oldest first; empty when nobody has it."""
        if not _NAME.fullmatch(name):
            return []
        try:
            return [Path(line) for line in (self.root / name).read_text(encoding="utf-8").splitlines()]
        except OSError:
            return []

    def names(self) -> dict[str, list[Path]]:
        """Every name and what it stands for, by name."""
        names = sorted(entry.name for entry in self.root.glob("*"))
        return {name: paths for name in names if (paths := self.find(name))}


def find_targets(word: str, baselines: Baselines) -> list[Path]:
    """The paths a word stands for: a path, a baseline's or a run's name, or several with commas between.

    Raises UsageError.
    """
    path = Path(word).expanduser()
    if path.exists():
        return [path]
    if "," in word:
        parts = [part.strip() for part in word.split(",")]
        return [path for part in parts if part for path in find_targets(part, baselines)]
    named = baselines.find(word)
    if not named:
        return [find_folder(word, also=baselines.names())]
    gone = [path for path in named if not path.exists()]
    if gone:
        raise UsageError(f"the baseline {word} was {gone[0]}, which is gone", "save it again")
    return named


def load_sides(paths: Sequence[Path], label: str) -> Side:
    """One or several runs (or reports, or benches) as one side. Raises RunFolderError and UsageError."""
    sides = [load_side(path, path.name) for path in paths]
    if len({side.kind == "bench" for side in sides}) > 1:
        raise UsageError(f"{label}: runs and benches are no one side", "give several of one kind")
    return merged(label, sides)


def load_side(path: Path, label: str) -> Side:
    """One side of a comparison. Raises RunFolderError when it is none of the known kinds."""
    if not _holds_records(path):
        report = load_report(path)
        if isinstance(report, BenchReport):
            return bench_side(label, report)
        return run_side(label, report, None)
    with open_run(path) as run:
        return run_side(label, run.report_or_built(), run.records())


def load_report(path: Path) -> Report | BenchReport:
    """The report of what one side of a comparison may be. Raises RunFolderError and UsageError."""
    if path.is_dir() and (path / BENCH).is_file():
        return decode_bench(_read(path / BENCH))
    if (path / SWEEP).is_file():
        raise UsageError(
            f"{path.name} is a sweep: its levels are no two sides", "compare two runs of its runs/"
        )
    if path.suffix == ".json":
        data = _read(path)
        return decode_bench(data) if schema_of(data).startswith("rocmtui.bench/") else decode_report(data)
    with open_run(path) as run:
        return run.report_or_built()


def _holds_records(path: Path) -> bool:
    return path.suffix != ".json" and not any((path / name).is_file() for name in (BENCH, SWEEP))


def _read(path: Path) -> bytes:
    with telling(f"cannot read {path}"):
        return path.read_bytes()
