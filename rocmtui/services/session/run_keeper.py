"""Keeps a run folder for each load: what led up to it, all that happens, and the report at its end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import PurePath
from typing import Protocol

import msgspec

from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.limits.decode import DecodeLimit
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.report.document import Machine, Report
from rocmtui.core.report.from_events import RunTally
from rocmtui.core.server.state import ServerStatus
from rocmtui.core.session.events import Event, LogRead, RunStarted, ServerChanged
from rocmtui.core.session.ports import Clock
from rocmtui.errors import RunFolderError

PREAMBLE_NS = 180_000_000_000
"""How long before its load a run begins to be kept: the server's start, the memory before it."""
IDLE_PREAMBLE_NS = 10_000_000_000
"""The same where the server has been as it is for longer: a replay shows nothing else of that time."""
PREAMBLE_EVENTS = 5000
PREAMBLE_LOG_CHARS = 4 << 20
"""And of the server's log."""


class RunWriter(Protocol):
    """An open run folder."""

    @property
    def path(self) -> PurePath: ...
    @property
    def started(self) -> RunStarted: ...
    @property
    def failure(self) -> RunFolderError | None: ...

    def emit(self, event: Event) -> None: ...
    def finish(self, report: Report | None = None) -> None: ...


RunOpener = Callable[[str, Scenario], RunWriter]
"""Makes a run folder from a label and a scenario. Raises RunFolderError."""


class RunKeeper:
    """One a session; at most one run is open. An EventSink.

    `hash_model` tells the model file of a server we started apart from others; None where it cannot.
    `limit_of` finds the limit of a report's decode speed; it blocks, and runs in a thread.
    """

    def __init__(
        self,
        open_run: RunOpener,
        clock: Clock,
        machine: Machine,
        hash_model: Callable[[str], str | None] | None = None,
        limit_of: Callable[[Report], DecodeLimit | None] = lambda _report: None,
    ) -> None:
        self._limit_of = limit_of
        self._hash_model = hash_model
        self._open_run = open_run
        self._clock = clock
        self._machine = machine
        self._before: deque[Event] = deque(maxlen=PREAMBLE_EVENTS)
        self._log_before: deque[LogRead] = deque()
        self._log_chars = 0
        self._server = ServerStatus()
        self._writer: RunWriter | None = None
        self._tally = RunTally(None)
        self._closed: tuple[RunWriter, Report] | None = None
        self.last_failure: RunFolderError | None = None
        """Why the run closed last is not complete on disk; None when it is."""

    @property
    def path(self) -> str | None:
        """The folder of the open run."""
        return str(self._writer.path) if self._writer else None

    @property
    def failure(self) -> RunFolderError | None:
        """Why the open run can no longer be written; None while all is well."""
        return self._writer.failure if self._writer else None

    def emit(self, event: Event) -> None:
        """Keep one event."""
        if isinstance(event, ServerChanged):
            self._server = event.status
        if self._writer is None:
            self._wait_for_a_run(event)
        else:
            self._tally.emit(event)
            self._writer.emit(event)

    def _wait_for_a_run(self, event: Event) -> None:
        """The log apart: a server that writes much pushes nothing else out."""
        if not isinstance(event, LogRead):
            self._before.append(event)
            return
        self._log_before.append(event)
        self._log_chars += _chars(event)
        while self._log_chars > PREAMBLE_LOG_CHARS or len(self._log_before) == PREAMBLE_EVENTS:
            self._log_chars -= _chars(self._log_before.popleft())

    def open(self, label: str, scenario: Scenario) -> RunStarted:
        """Begin a run; returns its first event. Raises RunFolderError when the folder cannot be made."""
        self._tally = RunTally(scenario)
        writer = self._writer = self._open_run(label, scenario)
        self._tally.emit(writer.started)
        recent = self._recent(self._clock.monotonic_ns())
        self._before.clear()
        self._log_before.clear()
        self._log_chars = 0
        for event in recent:
            self.emit(event)
        return writer.started

    def _recent(self, now_ns: int) -> list[Event]:
        """What led up to a run that begins now; what the server was from its first moment on."""
        before = sorted((*self._before, *self._log_before), key=lambda event: event.at_ns)
        recent = [event for event in before if event.at_ns > now_ns - PREAMBLE_NS]
        if any(isinstance(event, ServerChanged) for event in recent):
            return recent
        recent = [event for event in recent if event.at_ns > now_ns - IDLE_PREAMBLE_NS]
        since_ns = recent[0].at_ns if recent else now_ns
        return [ServerChanged(at_ns=since_ns, status=self._server), *recent]

    async def close(self, gpu: tuple[GpuSummary, ...]) -> Report:
        """End the open run with its report.

        The first time on a machine its memory is measured for it: in a thread, when no load runs.
        """
        writer = self._writer
        assert writer is not None, "no run is open"
        self._writer = None
        report = self._with_hash(self._tally.report(self._machine, gpu))
        report = msgspec.structs.replace(report, limit=await asyncio.to_thread(self._limit_of, report))
        writer.finish(report)
        self.last_failure = writer.failure
        self._closed = (writer, report)
        return report

    def amend(self, gpu: tuple[GpuSummary, ...]) -> Report | None:
        """Tell the report of the run closed last what was learnt of the GPUs since; None without one."""
        if self._closed is None:
            return None
        writer, report = self._closed
        amended = msgspec.structs.replace(report, gpu=gpu)
        writer.finish(amended)
        return amended

    def _with_hash(self, report: Report) -> Report:
        """Only of a server we started: a path that another machine names says nothing here."""
        path = report.server.model_path
        if self._hash_model is None or path is None or not report.server.args:
            return report
        server = msgspec.structs.replace(report.server, model_hash=self._hash_model(path))
        return msgspec.structs.replace(report, server=server)


def _chars(log: LogRead) -> int:
    return sum(map(len, log.lines))
