"""Reads run folders, also those of runs that were cut off anywhere."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from rocmtui.adapters.machine.files import telling
from rocmtui.core.load.said import Requests
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.report.document import Report, decode_report
from rocmtui.core.report.from_events import report_of_events
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.runs.thinning import StepDecoder, Stored
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.events import Event, RunStarted, ServerChanged
from rocmtui.core.text.documents import schema_of
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import RunFolderError

SCENARIO = "scenario.json"
EVENTS = "events.jsonl"
REQUESTS = "requests.jsonl"
SERVER_LOG = "server.log"
REPORT = "report.json"
REPORT_TEXT = "report.md"
REPORT_CSV, JUNIT = "report.csv", "junit.xml"
FILES = (SCENARIO, EVENTS, REQUESTS, SERVER_LOG, REPORT, REPORT_TEXT, REPORT_CSV, JUNIT)

MAX_LINE_BYTES = 16 << 20
"""A longer line is none of ours; it is not held in memory to find that out."""

T = TypeVar("T")


class RunData(msgspec.Struct, frozen=True):
    """A run on disk. Events and records are read anew, line by line, each time they are asked for."""

    path: Path
    scenario: Scenario | None
    """None when no load was started, or scenario.json is missing or damaged."""
    report: Report | None
    """None when the run was cut off before its report was written."""

    def events(self) -> Iterator[Event]:
        """Everything that happened, in the order of time, requests included (a `Requests` for each)."""
        requests = (Requests(at_ns=record.done_ns, records=(record,)) for record in self.records())
        return heapq.merge(self.events_only(), requests, key=lambda event: event.at_ns)

    def events_only(self) -> Iterator[Event]:
        """The events without the requests, as they were seen."""
        steps = StepDecoder()
        return (steps.take(stored) for stored in _lines(self.path / EVENTS, msgspec.json.Decoder(Stored)))

    def records(self) -> Iterator[RequestRecord]:
        """All requests, as they were written."""
        return _lines(self.path / REQUESTS, msgspec.json.Decoder(RequestRecord))

    def launch_plan(self) -> LaunchPlan | None:
        """How its server was started; None: it was attached to."""
        told = (event.status.plan for event in self.events_only() if isinstance(event, ServerChanged))
        return next((plan for plan in told if plan is not None), None)

    def report_or_built(self) -> Report:
        """The report as written, or built from what the run left when it was cut off before."""
        if self.report is not None:
            return self.report
        return report_of_events(self.events_only(), self.records(), scenario=self.scenario)

    def started(self) -> RunStarted | None:
        """The first line of the run."""
        return next((event for event in self.events_only() if isinstance(event, RunStarted)), None)


def read_run(path: Path) -> RunData:
    """Open a run folder. Lines cut short or of an unknown kind are passed over.

    Raises RunFolderError when it is no run folder, or its report is of an unknown schema.
    """
    with telling(f"cannot read {path}"):
        if not path.is_dir():
            reason = "is no folder" if path.exists() else "does not exist"
            raise RunFolderError(f"{path} {reason}", "give the folder of a run")
        if not is_run(path):
            raise RunFolderError(f"{path} is no run folder: it holds no {EVENTS}", "give the folder of a run")
        return RunData(path, _read_scenario(path / SCENARIO), _read_report(path / REPORT))


def is_run(path: Path) -> bool:
    """Whether a folder holds anything of a run."""
    return path.is_dir() and any((path / name).is_file() for name in (EVENTS, REQUESTS, REPORT))


def _read_scenario(path: Path) -> Scenario | None:
    try:
        return msgspec.json.decode(_small_file(path), type=Scenario)
    except UNREADABLE:
        return None


def _read_report(path: Path) -> Report | None:
    """None when there is none, or it is damaged: then the run itself is still worth reading."""
    data = _small_file(path)
    return decode_report(data) if schema_of(data) else None


def _small_file(path: Path) -> bytes:
    """Nothing, which no decoder takes, when there is none or it is larger than any of ours."""
    return path.read_bytes() if path.is_file() and path.stat().st_size <= MAX_LINE_BYTES else b""


def _lines(path: Path, decoder: msgspec.json.Decoder[T]) -> Iterator[T]:
    """Every line that decodes. A line that does not was cut short, or is of a later version."""
    if not path.exists():
        return
    with telling(f"cannot read {path}"), path.open("rb") as file:
        while line := file.readline(MAX_LINE_BYTES):
            try:
                yield decoder.decode(line)
            except UNREADABLE:
                continue
