"""A bench on disk while it runs.

plan.json      what is run, on which machine, since when
results.jsonl  a line a server start and a line a cell; what --resume goes on from
runs/          the run folder of every measurement
bench.json     the report, with report.md, bench.csv and junit.xml beside it, once it ended
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

import rocmtui
from rocmtui.adapters.machine.files import data_folder, telling, write_whole
from rocmtui.adapters.runs.fresh_folder import claim_folder, fresh_folder
from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.report import BenchReport
from rocmtui.core.bench.result import BenchLine, BenchResults, encode_line, read_lines
from rocmtui.core.bench.text.whole import markdown_report
from rocmtui.core.exports.junit import bench_junit
from rocmtui.core.exports.tables import bench_csv
from rocmtui.core.report.document import Machine
from rocmtui.core.session.ports import Clock
from rocmtui.core.text.documents import pretty
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import RunFolderError

PLAN = "plan.json"
RESULTS = "results.jsonl"
SCHEMA = "rocmtui.benchplan/1"


class BenchHead(msgspec.Struct, frozen=True, kw_only=True):
    """plan.json."""

    schema: str = SCHEMA
    started_at: str
    """ISO 8601, UTC."""
    tool_version: str
    machine: Machine
    model_hashes: dict[str, str] = msgspec.field(default_factory=dict)
    plan: BenchPlan


class BenchFolder:
    """The folder of a bench under way; implements services.bench_ports.ResultStore."""

    def __init__(self, path: Path, head: BenchHead) -> None:
        self.path = path
        self.head = head
        self.runs = path / "runs"
        """Where the run folders of its cells go."""

    @classmethod
    def create(cls, path: Path | None, head: BenchHead, clock: Clock) -> BenchFolder:
        """A new folder, at `path` or in the default place. Raises RunFolderError."""
        parent = data_folder("benches")
        with _telling("write", path or parent):
            if path:
                bench = cls(claim_folder(path, "give another folder, or --resume it"), head)
            else:
                bench = cls(fresh_folder(parent, head.plan.title or "bench", clock.unix_ns()), head)
            bench.runs.mkdir()
            write_whole(bench.path / PLAN, pretty(head))
        return bench

    @classmethod
    def open(cls, path: Path) -> tuple[BenchFolder, BenchResults]:
        """An earlier bench and what it found. Raises RunFolderError when there is none."""
        with _telling("read", path):
            if not (path / PLAN).exists():
                raise RunFolderError(f"{path} is no bench: it has no {PLAN}", "give the folder of a bench")
            try:
                head = msgspec.json.decode((path / PLAN).read_bytes(), type=BenchHead)
            except UNREADABLE as error:
                raise RunFolderError(f"{path / PLAN} cannot be read: {error}", "begin a new bench") from error
            results = path / RESULTS
            lines = results.read_bytes().splitlines(keepends=True) if results.is_file() else []
            if lines and not lines[-1].endswith(b"\n"):
                with results.open("ab") as file:
                    file.write(b"\n")
        return cls(path, head), read_lines(lines)[0]

    def append(self, line: BenchLine) -> None:
        """Write one line to the disk."""
        with _telling("write", self.path), (self.path / RESULTS).open("ab") as file:
            file.write(encode_line(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def finish(self, report: BenchReport, *, junit_beyond: float = 0.0) -> None:
        """Write the report in all its forms, each whole or not at all."""
        texts = {
            "bench.json": pretty(report),
            "report.md": markdown_report(report).encode(),
            "bench.csv": bench_csv(report).encode(),
            "junit.xml": bench_junit(report, beyond=junit_beyond).encode(),
        }
        with _telling("write", self.path):
            for name, data in texts.items():
                write_whole(self.path / name, data)


def example_plan() -> str:
    """docs/bench.toml, which is installed inside the package."""
    package = Path(rocmtui.__file__).parent
    inside = package / "bench.toml"
    return (inside if inside.is_file() else package.parent / "docs" / "bench.toml").read_text(
        encoding="utf-8"
    )


def _telling(what: str, path: Path) -> AbstractContextManager[None]:
    return telling(f"cannot {what} the bench {path}", "give a folder with --output")
