"""Runs one process's share of a load: drives it, reports, and obeys commands while it runs."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.said import LoadFinished, Requests, Said
from rocmtui.core.load.scenario import ClosedLoop
from rocmtui.core.load.share import share_of
from rocmtui.core.load.snapshot import LiveSnapshot, LoadPhase
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.session.commands import (
    AddConversations,
    AddPrompts,
    LoadCommand,
    Pause,
    Resume,
    SetConcurrency,
    SetRate,
    StartLoad,
    StopLoad,
)
from rocmtui.core.session.ports import Clock, RateCap, RequestSender
from rocmtui.services.load.conversations.conversing import ConversationDriver
from rocmtui.services.load.conversations.replaying import TraceDriver
from rocmtui.services.load.course import Course
from rocmtui.services.load.dispatch import Dispatch
from rocmtui.services.load.loop_watch import LoopWatch
from rocmtui.services.load.neighbour import Neighbour
from rocmtui.services.load.shapes import ClosedLoopDriver, OpenLoopDriver, ShapeDriver

SNAPSHOT_S = 0.2


class _Over(Exception):
    """Ends the tasks of a load."""


class LoadRunner:
    """One load, once: `run` ends with it, `obey` takes commands meanwhile."""

    def __init__(
        self,
        start: StartLoad,
        sender: RequestSender,
        clock: Clock,
        emit: Callable[[Said], None],
        cpu_seconds: Callable[[], float],
        rate_cap: RateCap | None = None,
    ) -> None:
        self._start = start
        self._scenario = start.scenario
        self._sender = sender
        self._clock = clock
        self._emit = emit
        self._share = share_of(start.scenario, start.process)
        self._stats = LiveStats()
        self._watch = LoopWatch(clock, cpu_seconds)
        self._records: list[RequestRecord] = []
        self._course = Course(start.scenario, self._share, clock)
        self._dispatch = Dispatch(
            start, self._share, self._course, sender, clock, self._stats, self._keep, rate_cap
        )
        self._driver = self._make_driver()
        self._neighbour = self._make_neighbour()

    def _make_driver(self) -> ShapeDriver | ConversationDriver:
        scenario, start_ns = self._scenario, self._start.start_ns
        shape, of_trace = scenario.shape, scenario.trace is not None
        if not isinstance(shape, ClosedLoop) and (of_trace or shape.arrivals == "trace"):
            return TraceDriver(self._dispatch, scenario, start_ns)
        if scenario.conversations is not None or of_trace:
            return ConversationDriver(self._dispatch, scenario)
        if isinstance(shape, ClosedLoop):
            return ClosedLoopDriver(self._dispatch, shape.concurrency, scenario.ramp_s)
        return OpenLoopDriver(self._dispatch, shape, scenario, start_ns)

    def _make_neighbour(self) -> Neighbour | None:
        plan = self._scenario.neighbour
        if plan is None or not self._start.neighbour_prompts:
            return None
        return Neighbour(self._dispatch, plan, self._stats, self._scenario.shape)

    async def run(self) -> LoadFinished:
        """Send the load to its end; the last snapshot and records are emitted before it returns."""
        began_ns = self._clock.monotonic_ns()
        try:
            async with self._dispatch.tasks as tasks:
                for work in (self._pulse(), self._watch.run(), self._drive()):
                    tasks.create_task(work)
                if self._neighbour is not None:
                    tasks.create_task(self._neighbour.run())
                await self._course.over.wait()
                raise _Over
        except* _Over:
            self._report("done")
        return self._finished(began_ns)

    def _finished(self, began_ns: int) -> LoadFinished:
        now_ns, course = self._clock.monotonic_ns(), self._course
        return LoadFinished(
            at_ns=now_ns,
            window_start_ns=course.tickets.measured_from_ns,
            window_end_ns=course.window_end_ns,
            process=self._start.process,
            first_sent_ns=course.first_sent_ns,
            last_done_ns=course.last_done_ns,
            cpu_seconds=self._watch.cpu_seconds,
            wall_seconds=(now_ns - began_ns) / 1e9,
            loop_lag_ms_p99=self._watch.lag_ms_p99,
            loop_lag_ms_max=self._watch.lag_ms_max,
            icl=self._stats.icl,
            reads=msgspec.structs.replace(
                self._sender.reads(),
                shared=self._stats.shared_events,
                shared_ms_max=self._stats.shared_ms_max,
            ),
            reason=course.reason,
            message=course.message,
        )

    async def _drive(self) -> None:
        """Begin at the planned moment; an open loop plans from it itself."""
        start_ns = self._start.start_ns
        if start_ns is not None and not isinstance(self._driver, OpenLoopDriver):
            await self._dispatch.until(start_ns)
        await self._driver.run()

    def obey(self, command: LoadCommand) -> None:
        """Take a command; one that does not fit the load's shape, or comes after its end, changes nothing."""
        if self._course.over.is_set():
            return
        match command:
            case SetConcurrency():
                self._driver.set_concurrency(command.concurrency)
            case SetRate():
                self._driver.set_rate(command.rate)
            case Pause():
                self._dispatch.pause()
            case Resume():
                self._dispatch.resume()
            case StopLoad():
                self._course.end(command.reason, command.message)
            case AddPrompts():
                self._dispatch.feed(command.prompts)
            case AddConversations() if isinstance(self._driver, ConversationDriver):
                self._driver.waiting.add(command.conversations, last=command.last)
            case _:
                pass

    def _keep(self, record: RequestRecord) -> None:
        """Tell it with the next snapshot; a failed one at once where there is a limit that it may exceed."""
        self._records.append(record)
        if record.error is not None and self._scenario.max_error_rate is not None:
            self._tell_records()

    async def _pulse(self) -> None:
        while True:
            await self._clock.sleep(SNAPSHOT_S)
            self._report(self._course.phase)
            self._course.end_when_idle()
            self._course.end_drain()

    def _tell_records(self) -> None:
        if self._records:
            self._emit(Requests(at_ns=self._clock.monotonic_ns(), records=tuple(self._records)))
            self._records.clear()

    @property
    def _planned(self) -> int | None:
        if self._share.requests is None and isinstance(self._driver, ConversationDriver):
            return self._driver.planned
        return self._share.requests

    def _report(self, phase: LoadPhase) -> None:
        reads = self._sender.reads()
        now_ns = self._clock.monotonic_ns()
        self._tell_records()
        measured_from_ns = self._course.tickets.measured_from_ns
        told = LiveSnapshot(
            at_ns=now_ns,
            phase=phase,
            paused=self._dispatch.paused,
            elapsed_ns=0 if measured_from_ns is None else now_ns - measured_from_ns,
            concurrency=self._driver.concurrency,
            rate=self._driver.rate,
            dropped=self._driver.dropped,
            by_server=self._sender.open_by_server,
            planned=self._planned,
            beside=self._neighbour.under_way if self._neighbour is not None else 0,
            client_cpu_fraction=self._watch.cpu_fraction(),
            loop_lag_ms_p99=self._watch.lag_ms_p99,
            read_late_ms_p99=reads.late_ms.quantile(0.99),
            kernel_stamps=reads.kernel,
            own_stamps=reads.own + reads.refused,
        )
        self._emit(self._stats.snapshot(told))
