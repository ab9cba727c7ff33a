"""A sweep on disk: sweep.json, sweep.md, and the run folder of every level below runs/."""

from __future__ import annotations

from pathlib import Path

from rocmtui.adapters.runs.bench_folder import default_benches_dir
from rocmtui.adapters.runs.fresh_folder import fresh_folder
from rocmtui.core.session.ports import Clock
from rocmtui.core.sweep.report import SweepReport, encode_sweep
from rocmtui.core.sweep.text import sweep_markdown
from rocmtui.errors import RunFolderError


class SweepFolder:
    """The folder of one sweep."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def runs(self) -> Path:
        """Where the run folders of its levels go."""
        return self.path / "runs"

    @classmethod
    def create(cls, path: Path | None, title: str, clock: Clock) -> SweepFolder:
        """A new folder, at `path` or below `sweeps` in the data folder. Raises RunFolderError."""
        parent = default_benches_dir().parent / "sweeps"
        try:
            path = path or fresh_folder(parent, title or "sweep", clock.unix_ns())
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise RunFolderError(f"{path} is not empty", "give another folder with --output")
            (path / "runs").mkdir()
        except OSError as error:
            raise RunFolderError(f"cannot write the sweep {path or parent}: {error.strerror}") from error
        return cls(path)

    def write(self, report: SweepReport) -> None:
        """Write the report, each file whole or not at all; done after every level."""
        texts = {"sweep.json": encode_sweep(report), "sweep.md": sweep_markdown(report).encode()}
        try:
            for name, data in texts.items():
                draft = self.path / f".{name}.part"
                draft.write_bytes(data)
                draft.replace(self.path / name)
        except OSError as error:
            raise RunFolderError(f"cannot write the sweep {self.path}: {error.strerror}") from error
