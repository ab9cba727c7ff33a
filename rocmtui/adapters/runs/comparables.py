"""Finds what `rocmtui compare` is given: a run, a packed run, a report, a bench, or a baseline's name."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from rocmtui.adapters.machine.files import data_folder, telling
from rocmtui.adapters.runs.pack import open_run
from rocmtui.core.bench.report import decode_bench
from rocmtui.core.compare.bench_side import bench_side
from rocmtui.core.compare.run_side import run_side
from rocmtui.core.compare.sides import Side
from rocmtui.core.report.document import decode_report
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import UsageError

BENCH = "bench.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Baselines:
    """Names for runs, reports and benches: small files that hold a path."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or data_folder("baselines")

    def save(self, name: str, target: Path) -> None:
        """Give `target` a name, taking it from what had it before. Raises UsageError."""
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} is no name for a baseline", "use letters, digits, dots and dashes")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(f"{target.resolve()}\n", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot save the baseline: {error.strerror} ({self.root})") from error

    def find(self, name: str) -> Path | None:
        """What a name stands for; None when nobody has it."""
        if not _NAME.fullmatch(name):
            return None
        try:
            return Path((self.root / name).read_text(encoding="utf-8").strip())
        except OSError:
            return None

    def names(self) -> dict[str, Path]:
        """Every name and what it stands for, by name."""
        names = sorted(entry.name for entry in self.root.glob("*"))
        return {name: path for name in names if (path := self.find(name)) is not None}


def find_target(word: str, baselines: Baselines) -> Path:
    """The path a word stands for: a path, else a baseline's name. Raises UsageError."""
    path = Path(word).expanduser()
    if path.exists():
        return path
    named = baselines.find(word)
    if named is None:
        known = ", ".join(baselines.names()) or "none yet"
        raise UsageError(f"{word} is no file, folder or baseline", f"baselines: {known}")
    if not named.exists():
        raise UsageError(f"the baseline {word} was {named}, which is gone", "save it again")
    return named


def load_side(path: Path, label: str) -> Side:
    """One side of a comparison. Raises RunFolderError when it is none of the known kinds."""
    if path.is_dir() and (path / BENCH).is_file():
        return bench_side(label, decode_bench(_read(path / BENCH)))
    if path.suffix == ".json":
        data = _read(path)
        if _schema(data).startswith("rocmtui.bench/"):
            return bench_side(label, decode_bench(data))
        return run_side(label, decode_report(data), None)
    with open_run(path) as run:
        return run_side(label, run.report_or_built(), run.records())


def _read(path: Path) -> bytes:
    with telling(f"cannot read {path}"):
        return path.read_bytes()


class _Schema(msgspec.Struct):
    schema: str = ""


def _schema(data: bytes) -> str:
    try:
        return msgspec.json.decode(data, type=_Schema).schema
    except UNREADABLE:
        return ""
