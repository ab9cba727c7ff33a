"""The folder of past runs: lists them, also those cut off, and deletes one."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from rocmtui.adapters.machine.files import telling
from rocmtui.adapters.runs.names import folders_in, known_folders
from rocmtui.adapters.runs.previews import markdown_of, preview_of
from rocmtui.adapters.runs.reader import EVENTS, REQUESTS, is_run, read_run
from rocmtui.adapters.runs.suites import is_suite, suite_entry
from rocmtui.core.runs.entry import RunEntry, with_events, with_records, with_report, with_scenario
from rocmtui.core.runs.preview import Preview
from rocmtui.core.runs.thinning import Stored
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import RunFolderError

HEAD_BYTES = 256 * 1024
TAIL_BYTES = 64 * 1024
RECORDS_BYTES = 4 * 1024 * 1024
"""Requests of a run without a report are read only up to this size."""


class RunIndex:
    """A RunShelf over some folders, and what lies elsewhere; reading happens in a thread."""

    def __init__(self, *roots: Path, elsewhere: Callable[[], list[Path]] = list) -> None:
        self.roots = roots
        self._elsewhere = elsewhere

    async def runs(self) -> tuple[RunEntry, ...]:
        """All runs, benches and sweeps, newest first."""
        return await asyncio.to_thread(self.list_now)

    async def preview(self, path: str) -> Preview:
        """What is seen of one beside the list. Raises RunFolderError."""
        return await asyncio.to_thread(preview_of, Path(path))

    async def page(self, path: str) -> str:
        """Its whole report as Markdown. Raises RunFolderError."""
        return await asyncio.to_thread(markdown_of, Path(path))

    async def delete(self, path: str) -> None:
        """Remove one run for good. Raises RunFolderError."""
        await asyncio.to_thread(self._delete_now, Path(path))

    def list_now(self) -> tuple[RunEntry, ...]:
        """All of them, newest first; folders that are none are left out."""
        return _listed([*(path for root in self.roots for path in folders_in(root)), *self._elsewhere()])

    def _delete_now(self, path: Path) -> None:
        if path.parent not in self.roots and path not in self._elsewhere():
            raise RunFolderError(f"{path} is no run below {', '.join(map(str, self.roots))}")
        delete_folder(path)


def list_all(root: Path | None = None) -> tuple[RunEntry, ...]:
    """Runs, benches and sweeps below `root`, or all that are known, newest first."""
    return _listed(known_folders(root))


def _listed(folders: Iterable[Path]) -> tuple[RunEntry, ...]:
    entries = [
        suite_entry(path) if is_suite(path) else _entry(path)
        for path in folders
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
