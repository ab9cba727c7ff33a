"""A sweep on disk: sweep.json, sweep.md, sweep.csv, junit.xml, and a run folder for every level in runs/."""

from __future__ import annotations

from pathlib import Path

from rocmtui.adapters.machine.files import data_folder, telling, write_whole
from rocmtui.adapters.runs.fresh_folder import claim_folder, fresh_folder
from rocmtui.core.exports.junit import sweep_junit
from rocmtui.core.exports.tables import sweep_csv
from rocmtui.core.session.ports import Clock
from rocmtui.core.sweep.report import SweepReport
from rocmtui.core.sweep.text import sweep_markdown
from rocmtui.core.text.documents import pretty


class SweepFolder:
    """The folder of one sweep."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.runs = path / "runs"
        """Where the run folders of its levels go."""

    @classmethod
    def create(cls, path: Path | None, title: str, clock: Clock) -> SweepFolder:
        """A new folder, at `path` or below `sweeps` in the data folder. Raises RunFolderError."""
        parent = data_folder("sweeps")
        with telling(f"cannot write the sweep {path or parent}"):
            path = claim_folder(path) if path else fresh_folder(parent, title or "sweep", clock.unix_ns())
            sweep = cls(path)
            sweep.runs.mkdir()
        return sweep

    def write(self, report: SweepReport) -> None:
        """Write the report, each file whole or not at all; done after every level."""
        with telling(f"cannot write the sweep {self.path}"):
            write_whole(self.path / "sweep.json", pretty(report))
            write_whole(self.path / "sweep.md", sweep_markdown(report).encode())
            write_whole(self.path / "sweep.csv", sweep_csv(report).encode())
            write_whole(self.path / "junit.xml", sweep_junit(report).encode())
