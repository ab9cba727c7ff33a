"""The report of a run from its events: as they happen, or as they are found on disk."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rocmtui.core.answers.look import Company, Look
from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.gpu.tally import Windows, server_busy
from rocmtui.core.host.tally import HostTally
from rocmtui.core.load.said import Hello, LoadFailed, LoadFinished, Requests
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.audit.hosts import HostsTally
from rocmtui.core.report.audit.others import OthersTally
from rocmtui.core.report.build import ReportBuilder, RunFacts, server_of
from rocmtui.core.report.document import Machine, Report
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.server.state import ServerState, ServerStatus
from rocmtui.core.server.words import SILENT, SPEAKS_AGAIN
from rocmtui.core.session.events import (
    CHANGED,
    HOST,
    SERVER_GONE,
    AnswersInCompany,
    AnswersLooked,
    ClockMeasured,
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
        self._scenario = scenario
        self._builder = ReportBuilder(scenario)
        self._started: RunStarted | None = None
        self._ready = ServerStatus()
        self._dropped = 0
        self._finished: list[LoadFinished] = []
        self._failed = self._server_gone = False
        self._hosts = HostsTally()
        self._look: Look | None = None
        self._company: Company | None = None
        self._gpus: tuple[dict[str, str | None], ...] = ()
        self._host = HostTally()
        self._windows = Windows()
        self._card_busy: float | None = None
        self._changes: list[str] = []
        self._warnings: dict[str, None] = {}
        self._silence: Noticed | None = None
        """When the server began not to answer; None where it answers."""
        self._others = OthersTally()

    def emit(self, event: Event) -> None:
        """Take one event."""
        self._others.observe(event)
        self._builder.observe(event)
        match event:
            case Requests():
                self.add_all(event.records)
            case LiveSnapshot():
                self._dropped = event.dropped
                self._measures(event)
            case RunStarted():
                self._started = self._started or event
            case ServerChanged(status=status) if status.state is ServerState.READY:
                self._ready = status
            case Hello() | ClockMeasured() | LoadFinished() | LoadFailed():
                self._take_process(event)
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
                self._look = event.look
            case AnswersInCompany():
                self._company = event.found
            case Noticed():
                self._notice(event)
            case _:
                pass

    def _take_process(self, event: Hello | ClockMeasured | LoadFinished | LoadFailed) -> None:
        match event:
            case Hello():
                self._hosts.met(event.process, event.host, event.version, event.cores)
            case ClockMeasured():
                self._hosts.clock(event.process, event.clock)
            case LoadFailed():
                self._failed = True
                self._hosts.lost(event.process)
            case LoadFinished():
                self._windows.close(event.at_ns)
                self._finished.append(event)
                cpu = event.cpu_seconds / event.wall_seconds if event.wall_seconds > 0 else None
                self._hosts.ended(event.process, cpu, event.loop_lag_ms_p99)
                self._warn(event.message)

    def _notice(self, event: Noticed) -> None:
        self._server_gone = self._server_gone or event.code == SERVER_GONE
        if event.code == CHANGED:
            self._changes.append(event.text)
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
            self._hosts.sent(record)

    def report(self, machine: Machine | None = None, gpu: tuple[GpuSummary, ...] = ()) -> Report:
        """The report so far. Warnings and errors noticed on the way join those of the audit."""
        started, here = self._started, machine or Machine()
        facts = RunFacts(
            tool_version=started.tool_version if started else "unknown",
            unix_ns=started.unix_ns if started else 0,
            label=started.label if started else "",
            scenario=self._scenario,
            machine=msgspec.structs.replace(here, gpus=self._gpus or here.gpus),
            server=server_of(self._ready),
            gpu=gpu,
            host=self._host.summary(),
            answers=self._look,
            company=self._company,
            dropped=self._dropped,
            load_failed=self._failed,
            hosts=self._hosts.hosts(),
            server_gone=self._server_gone,
            changes=tuple(self._changes),
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
