"""Writes a run to disk while it happens.

    scenario.json    the described load
    events.jsonl     all that happened except single requests, a line each; what a replay reads
    requests.jsonl   a line a request
    server.log       the server's log as text; of a long one the first and the last part
    report.json      the figures, once the run is over
    report.md        the same, to be read
    report.csv       the same, for spreadsheets
    junit.xml        the SLOs as tests, for build servers

Lines are handed to the kernel one by one, so a SIGKILL loses at most the line being written.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from rocmtui import __version__
from rocmtui.adapters.machine.capped_log import CappedLog
from rocmtui.adapters.machine.clock import SystemClock
from rocmtui.adapters.machine.files import data_folder, telling, write_whole
from rocmtui.adapters.runs.fresh_folder import claim_folder, fresh_folder
from rocmtui.adapters.runs.reader import (
    EVENTS,
    JUNIT,
    REPORT,
    REPORT_CSV,
    REPORT_TEXT,
    REQUESTS,
    SCENARIO,
    SERVER_LOG,
)
from rocmtui.core.load.said import Requests
from rocmtui.core.load.scenario import Scenario, without_secret
from rocmtui.core.report.document import Report
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.runs.thinning import Stored, Thinner
from rocmtui.core.session.events import Event, LogRead, RunStarted, ServerChanged, encode
from rocmtui.core.session.ports import Clock
from rocmtui.core.text.documents import pretty
from rocmtui.errors import RunFolderError

Source = Literal["live", "scripted"]


def report_files(report: Report) -> dict[str, bytes]:
    """The report in all its forms, by the names of their files."""
    # What writes them knows benches and sweeps too: loaded when there is a report, not before a load.
    from rocmtui.core.exports.junit import load_junit
    from rocmtui.core.exports.tables import load_csv
    from rocmtui.core.report.text.markdown import report_markdown

    return {
        REPORT: pretty(report),
        REPORT_TEXT: report_markdown(report).encode(),
        REPORT_CSV: load_csv(report).encode(),
        JUNIT: load_junit(report).encode(),
    }


def default_runs_dir() -> Path:
    """Where runs go: `$XDG_DATA_HOME/rocmtui/runs`, else `~/.local/share/rocmtui/runs`."""
    return data_folder("runs")


class RunFolder:
    """The run folder of a live run; an EventSink. Not thread-safe.

    When the disk is full or gone it stops writing, keeps what is there, and `failure` says so.
    """

    def __init__(self, path: Path, started: RunStarted) -> None:
        self.path = path
        self.started = started
        """The first event of the run, already written; give it to the view too."""
        self.failure: RunFolderError | None = None
        """Why nothing more is written; None while all is well."""
        self._files: dict[str, BinaryIO | CappedLog] = {}
        self._thinner = Thinner()
        self._at_ns = started.at_ns
        self._closed = False

    @classmethod
    def create(
        cls,
        root: Path | None,
        label: str,
        scenario: Scenario | None = None,
        *,
        at: Path | None = None,
        clock: Clock | None = None,
        source: Source = "live",
    ) -> RunFolder:
        """A new folder `<UTC time>-<slug of label>` below `root` (None: the default place), or exactly `at`.

        Raises RunFolderError when it cannot be made, or `at` holds anything.
        """
        clock = clock or SystemClock()
        unix_ns = clock.unix_ns()
        parent = root or default_runs_dir()
        with telling(f"cannot write a run to {at or parent}", "give a folder with --output"):
            path = claim_folder(at) if at else fresh_folder(parent, label, unix_ns)
        started = RunStarted(
            at_ns=clock.monotonic_ns(),
            unix_ns=unix_ns,
            tool_version=__version__,
            label=label,
            source=source,
        )
        folder = cls(path, started)
        folder.emit(started)
        if scenario is not None:
            folder._write(folder._replace, SCENARIO, pretty(without_secret(scenario)))
        if folder.failure is not None:
            raise folder.failure
        return folder

    def emit(self, event: Event) -> None:
        """Append one event, in the form core/thinning.py keeps of it."""
        if isinstance(event, Requests):
            self._write(self._append, REQUESTS, b"".join(_line(record) for record in event.records))
            return
        if isinstance(event, LogRead):
            text = "".join(f"{line}\n" for line in event.lines)
            self._write(self._append, SERVER_LOG, text.encode("utf-8", "replace"))
        self._at_ns = event.at_ns
        if isinstance(event, ServerChanged):
            self._write_last_lines()
        if (stored := self._thinner.take(event)) is not None:
            self._write(self._append, EVENTS, _line(stored))

    def finish(self, report: Report | None = None) -> None:
        """Write the report, whole or not at all, and close. Later events are dropped."""
        self._write_last_lines()
        if report is not None:
            for name, data in report_files(report).items():
                self._write(self._replace, name, data)
        self.close()

    def _write_last_lines(self) -> None:
        if (log := self._thinner.last_lines(self._at_ns)) is not None:
            self._write(self._append, EVENTS, _line(log))

    def close(self) -> None:
        """Close the files; what was written stays."""
        for file in self._files.values():
            file.close()
        self._files.clear()
        self._closed = True

    def _write(self, write: Callable[[str, bytes], None], name: str, data: bytes) -> None:
        """Append or replace, unless that failed before."""
        if self.failure is not None:
            return
        try:
            write(name, data)
        except OSError as error:
            self.failure = RunFolderError(
                f"the run can no longer be written to {self.path}: {error.strerror}; what is there is kept",
                "free some space or give another folder with --output",
            )

    def _append(self, name: str, data: bytes) -> None:
        if not self._closed and data:
            if name not in self._files:
                self._files[name] = self._open(name)
            rest = memoryview(data)
            while rest:
                rest = rest[self._files[name].write(rest) :]

    def _open(self, name: str) -> BinaryIO | CappedLog:
        path = self.path / name
        return CappedLog(path) if name == SERVER_LOG else path.open("ab", buffering=0)

    def _replace(self, name: str, data: bytes) -> None:
        write_whole(self.path / name, data)


def _line(item: Stored | RequestRecord) -> bytes:
    try:
        return encode(item) + b"\n"
    except UnicodeEncodeError:
        # A server may send half of a surrogate pair, which has no UTF-8 form.
        text = json.dumps(msgspec.to_builtins(item), ensure_ascii=False)
        return text.encode("utf-8", "replace") + b"\n"
