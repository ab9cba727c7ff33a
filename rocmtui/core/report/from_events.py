"""The report of a run from its events: as they happen, or as they are found on disk."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.gpu.tally import Windows, server_busy
from rocmtui.core.host.tally import HostTally
from rocmtui.core.load.said import LoadFailed, LoadFinished, Requests
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.audit.hosts import HostsTally
from rocmtui.core.report.audit.others import OthersTally
from rocmtui.core.report.build import ReportBuilder
from rocmtui.core.report.document import Machine, Report
from rocmtui.core.report.facts import RunFacts, server_of
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.server.state import ServerState
from rocmtui.core.server.words import SILENT, SPEAKS_AGAIN
from rocmtui.core.session.events import (
    CHANGED,
    HOST,
    SERVER_GONE,
    AnswersInCompany,
    AnswersLooked,
    Event,
    GpuRead,
    HostRead,
    Noticed,
    RunStarted,
    ServerChanged,
)
from rocmtui.core.text import forms


class RunTally:
    """An EventSink that holds all a report needs; about 300 bytes a request.

    Raises UsageError when an SLO of the scenario cannot be read.
    """

    def __init__(self, scenario: Scenario | None) -> None:
        self._builder = ReportBuilder(scenario)
        self._facts = RunFacts(scenario=scenario)
        self._finished: list[LoadFinished] = []
        self._hosts = HostsTally()
        self._gpus: tuple[dict[str, str | None], ...] = ()
        self._host = HostTally()
        self._windows = Windows()
        self._card_busy: float | None = None
        self._warnings: dict[str, None] = {}
        self._silence: Noticed | None = None
        """When the server began not to answer; None where it answers."""
        self._others = OthersTally()

    def emit(self, event: Event) -> None:
        """Take one event."""
        self._others.observe(event)
        self._builder.observe(event)
        self._hosts.observe(event)
        facts = self._facts
        match event:
            case Requests():
                self.add_all(event.records)
            case LiveSnapshot():
                facts.dropped = event.dropped
                self._measures(event)
            case RunStarted() if not facts.unix_ns:
                facts.tool_version, facts.unix_ns = event.tool_version, event.unix_ns
                facts.label = event.label
            case ServerChanged(status=status) if status.state is ServerState.READY:
                facts.server = server_of(status)
            case LoadFailed():
                facts.load_failed = True
            case LoadFinished():
                self._windows.close(event.at_ns)
                self._finished.append(event)
                self._warn(event.message)
            case GpuRead():
                self._gpus = self._gpus or tuple(
                    {"pci": gpu.pci, "name": gpu.name, "gfx": gpu.gfx, "driver": gpu.driver}
                    for gpu in event.sample.gpus
                )
                self._card_busy = server_busy(event.sample)
            case HostRead(sample=sample):
                since_ns = event.at_ns - round(sample.span_s * 1e9)
                counted_s = self._windows.overlap_ns(since_ns, event.at_ns) / 1e9
                self._host.add(sample, counted_s, self._card_busy)
            case AnswersLooked():
                facts.answers = event.look
            case AnswersInCompany():
                facts.answers_under_load = event.found
            case Noticed():
                self._notice(event)

    def _notice(self, event: Noticed) -> None:
        self._facts.server_gone |= event.code == SERVER_GONE
        if event.code == CHANGED:
            self._facts.changes += (event.text,)
        elif event.code == SPEAKS_AGAIN and self._silence is not None:
            self._warnings.pop(self._silence.text, None)
            lasted = forms.seconds(event.at_ns - self._silence.at_ns)
            self._warn(f"the server did not answer for {lasted} or more, and then again")
            self._silence = None
        elif event.level in ("warning", "error") and event.code != HOST:
            self._warn(event.text)
            if event.code == SILENT:
                self._silence = event

    def _measures(self, event: LiveSnapshot) -> None:
        if event.phase != "measured":
            self._windows.close(event.at_ns)
        elif not self._windows.is_open:
            self._windows.open(event.at_ns)

    def add_all(self, records: Iterable[RequestRecord]) -> None:
        """Take records that come apart from the events."""
        for record in records:
            self._builder.add(record)
            self._hosts.add(record)

    def report(self, machine: Machine | None = None, gpu: tuple[GpuSummary, ...] = ()) -> Report:
        """The report so far. Warnings and errors noticed on the way join those of the audit."""
        here = machine or Machine()
        facts = msgspec.structs.replace(
            self._facts,
            machine=msgspec.structs.replace(here, gpus=self._gpus or here.gpus),
            gpu=gpu,
            host=self._host.summary(),
            hosts=self._hosts.hosts(),
            warnings=(*self._warnings, *filter(None, [self._others.words])),
        )
        return self._builder.build(facts, self._finished)

    def _warn(self, text: str) -> None:
        if text:
            self._warnings[text] = None


def report_of_events(
    events: Iterable[Event], records: Iterable[RequestRecord], *, scenario: Scenario | None
) -> Report:
    """The report of a run from disk; `events` without the requests."""
    tally = RunTally(scenario)
    for event in events:
        tally.emit(event)
    tally.add_all(records)
    return tally.report()
