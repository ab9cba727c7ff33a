"""The folder of past runs: lists them, also those cut off, and deletes one."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from rocmtui.adapters.machine.files import telling
from rocmtui.adapters.runs.names import folders_in, known_folders
from rocmtui.adapters.runs.reader import EVENTS, REQUESTS, is_run, read_run
from rocmtui.adapters.runs.suites import is_suite, suite_entry
from rocmtui.core.runs.entry import RunEntry, with_events, with_records, with_report, with_scenario
from rocmtui.core.runs.thinning import Stored
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import RunFolderError

HEAD_BYTES = 256 * 1024
TAIL_BYTES = 64 * 1024
RECORDS_BYTES = 4 * 1024 * 1024
"""Requests of a run without a report are read only up to this size."""


class RunIndex:
    """A RunShelf over one folder, and runs that lie elsewhere; reading happens in a thread."""

    def __init__(self, root: Path, elsewhere: Callable[[], list[Path]] = list) -> None:
        self.root = root
        self._elsewhere = elsewhere

    async def runs(self) -> tuple[RunEntry, ...]:
        """All runs, newest first."""
        return await asyncio.to_thread(self.list_now)

    async def delete(self, path: str) -> None:
        """Remove one run for good. Raises RunFolderError."""
        await asyncio.to_thread(self._delete_now, Path(path))

    def list_now(self) -> tuple[RunEntry, ...]:
        """All runs, newest first; folders that are no runs are left out."""
        entries = [_entry(path) for path in [*folders_in(self.root), *self._elsewhere()] if is_run(path)]
        entries.sort(key=lambda entry: (entry.started_unix_ns or 0, entry.name), reverse=True)
        return tuple(entries)

    def _delete_now(self, path: Path) -> None:
        ours = path.parent == self.root or path in self._elsewhere()
        if not ours or path.is_symlink() or not is_run(path):
            raise RunFolderError(f"{path} is no run below {self.root}")
        delete_folder(path)


def list_all(root: Path | None = None) -> tuple[RunEntry, ...]:
    """Runs, benches and sweeps below `root`, or all that are known, newest first."""
    entries = [
        suite_entry(path) if is_suite(path) else _entry(path)
        for path in known_folders(root)
        if is_suite(path) or is_run(path)
    ]
    return tuple(sorted(entries, key=lambda entry: (entry.started_unix_ns or 0, entry.name), reverse=True))


def delete_folder(path: Path) -> None:
    """Remove a run, bench or sweep for good. Raises RunFolderError for anything else."""
    if path.is_symlink() or not (is_run(path) or is_suite(path)):
        raise RunFolderError(f"{path} is no run, bench or sweep", "see `rocmtui runs`")
    with telling(f"cannot delete {path}"):
        shutil.rmtree(path)


def _entry(folder: Path) -> RunEntry:
    entry = RunEntry(path=str(folder), name=folder.name)
    try:
        size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
        entry = msgspec.structs.replace(entry, size_bytes=size)
        run = read_run(folder)
        if run.report is not None:
            return with_report(entry, run.report)
        entry = with_events(with_scenario(entry, run.scenario), _ends(folder / EVENTS))
        requests = folder / REQUESTS
        small = requests.is_file() and requests.stat().st_size <= RECORDS_BYTES
        return with_records(entry, run.records()) if small else entry
    except (RunFolderError, OSError) as error:
        return msgspec.structs.replace(entry, problem=str(error))


def _ends(path: Path) -> Iterator[Stored]:
    """The first and the last events of a file; lines cut in the middle are passed over."""
    if not path.is_file():
        return
    decode = msgspec.json.Decoder(Stored).decode
    with path.open("rb") as file:
        size = path.stat().st_size
        text = file.read(min(size, HEAD_BYTES + TAIL_BYTES))
        if size > len(text):
            file.seek(size - TAIL_BYTES)
            text = text[:HEAD_BYTES] + b"\n" + file.read(TAIL_BYTES)
    for line in text.splitlines():
        try:
            yield decode(line)
        except UNREADABLE:
            continue
