"""Runs one process's share of a load: sends, records, reports, and obeys commands while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import msgspec

from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.scenario import WHOLE, ClosedLoop, Prompt
from rocmtui.core.load.share import Ticket, Tickets, share_of
from rocmtui.core.load.snapshot import LiveSnapshot, LoadPhase
from rocmtui.core.request.errors import NO_POOLING
from rocmtui.core.request.record import ErrorKind, Phase, RequestError, RequestRecord
from rocmtui.core.request.trace import RequestTrace
from rocmtui.core.session.events import (
    AddConversations,
    AddPrompts,
    EndReason,
    Event,
    LoadCommand,
    LoadFinished,
    Pause,
    Requests,
    Resume,
    SetConcurrency,
    SetRate,
    StartLoad,
    StopLoad,
)
from rocmtui.core.session.ports import Clock, RateCap, RequestSender
from rocmtui.core.stats.quantiles import known
from rocmtui.services.load.conversations.conversing import ConversationDriver
from rocmtui.services.load.conversations.replaying import TraceDriver
from rocmtui.services.load.loop_watch import LoopWatch
from rocmtui.services.load.neighbour import Neighbour
from rocmtui.services.load.recorded import recorded
from rocmtui.services.load.shapes import ClosedLoopDriver, Exchange, OpenLoopDriver, ShapeDriver

SNAPSHOT_S = 0.2
GONE_AFTER_NS = 10_000_000_000
"""A server that refused every connection for so long is gone."""

_NO_SUCH = (404, 501)
"""What a server answers that was started without an endpoint: no further request will fare better."""
_UNREACHABLE = frozenset((ErrorKind.CONNECT, ErrorKind.TIMEOUT_CONNECT, ErrorKind.TLS))


class LoadRunner:
    """One load, once: `run` ends with it, `obey` takes commands meanwhile. Its own Dispatch."""

    def __init__(
        self,
        start: StartLoad,
        sender: RequestSender,
        clock: Clock,
        emit: Callable[[Event], None],
        cpu_seconds: Callable[[], float],
        rate_cap: RateCap | None = None,
    ) -> None:
        scenario = start.scenario
        self._start = start
        self._scenario = scenario
        self._sender = sender
        self._clock = clock
        self._emit = emit
        self._cap = rate_cap
        self._share = share_of(scenario, start.process)
        duration_ns = None if scenario.duration_s is None else round(scenario.duration_s * 1e9)
        self._tickets = Tickets(self._share, duration_ns, start.first_request_id)
        self._stats = LiveStats()
        self._watch = LoopWatch(clock, cpu_seconds)
        self._records: list[RequestRecord] = []
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[object]] = set()
        self._going = asyncio.Event()
        self._going.set()
        self._over = asyncio.Event()
        self._reason: EndReason = "requests"
        self._message = ""
        self._first_sent_ns: int | None = None
        self._last_done_ns: int | None = None
        self._last_end_ns: int | None = None
        """When the last measured request ended, sent or not."""
        self._ended_ns: int | None = None
        self._unreachable_since_ns: int | None = None
        self._fed: asyncio.Queue[Prompt] = asyncio.Queue()
        self._feed(start.prompts if start.fed else ())
        self._driver = self._make_driver()
        self.outstanding = 0
        """Tickets taken whose requests have not ended."""
        self._neighbour = self._make_neighbour()

    def _make_driver(self) -> ShapeDriver | ConversationDriver:
        shape, ramp_s = self._scenario.shape, self._scenario.ramp_s
        of_trace = self._scenario.trace is not None
        if not isinstance(shape, ClosedLoop) and (of_trace or shape.arrivals == "trace"):
            return TraceDriver(self, self._clock, self._share, self._scenario, self._start.start_ns)
        if self._scenario.conversations is not None or of_trace:
            return ConversationDriver(self, self._clock, self._share, self._scenario)
        if isinstance(shape, ClosedLoop):
            return ClosedLoopDriver(self, self._clock, self._share, shape.concurrency, ramp_s)
        return OpenLoopDriver(
            self,
            self._clock,
            self._share,
            shape,
            seed=self._scenario.seed,
            ramp_s=ramp_s,
            start_ns=self._start.start_ns,
        )

    def _make_neighbour(self) -> Neighbour | None:
        plan = self._scenario.neighbour
        if plan is None or not self._start.neighbour_prompts:
            return None
        keep = self._records.append
        return Neighbour(self, self._start, plan, self._sender, self._clock, self._stats, keep)

    async def run(self) -> LoadFinished:
        """Send the load to its end; the last snapshot and records are emitted before it returns."""
        began_ns = self._clock.monotonic_ns()
        async with self._group:
            for work in (self._pulse(), self._watch.run(), self._drive()):
                self.spawn(work)
            if self._neighbour is not None:
                self.spawn(self._neighbour.run())
            await self._over.wait()
            for task in self._tasks:
                task.cancel()
        self._report("done")
        now_ns = self._clock.monotonic_ns()
        return LoadFinished(
            at_ns=now_ns,
            window_start_ns=self._tickets.measured_from_ns,
            window_end_ns=self._window_end_ns,
            process=self._start.process,
            first_sent_ns=self._first_sent_ns,
            last_done_ns=self._last_done_ns,
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
            reason=self._reason,
            message=self._message,
        )

    async def _drive(self) -> None:
        """Begin at the planned moment; an open loop plans from it itself."""
        start_ns = self._start.start_ns
        if start_ns is not None and not isinstance(self._driver, OpenLoopDriver):
            await self._clock.sleep(max(start_ns - self._clock.monotonic_ns(), 0) / 1e9)
        await self._driver.run()

    def obey(self, command: LoadCommand) -> None:
        """Take a command; one that does not fit the load's shape changes nothing."""
        match command:
            case SetConcurrency():
                self._driver.set_concurrency(command.concurrency)
            case SetRate():
                self._driver.set_rate(command.rate)
            case Pause():
                self._going.clear()
            case Resume():
                self._going.set()
            case StopLoad():
                self._end(command.reason, command.message)
            case AddPrompts():
                self._feed(command.prompts)
            case AddConversations() if isinstance(self._driver, ConversationDriver):
                self._driver.waiting.add(command.conversations, last=command.last)
            case _:
                pass

    @property
    def paused(self) -> bool:
        """Whether nothing new may be sent."""
        return not self._going.is_set()

    @property
    def _window_end_ns(self) -> int | None:
        """The planned end of a duration, the last end of a count, or when the load was cut short."""
        if self._reason == "requests":
            return self._last_end_ns
        return known(min, (self._tickets.ends_ns, self._ended_ns))

    def sent_all(self, at_ns: int | None = None) -> bool:
        """Whether there are no more tickets, now or at another time."""
        return self._tickets.over(self._clock.monotonic_ns() if at_ns is None else at_ns)

    async def may_send(self) -> None:
        """Wait while the load is paused or at its cap."""
        await self._going.wait()
        if self._cap is not None:
            await self._cap.acquire()
            await self._going.wait()

    def take_ticket(self, due_ns: int | None = None) -> Ticket | None:
        """Leave to send the request that is due now, or then; None when there are no more."""
        ticket = self._tickets.take(self._clock.monotonic_ns() if due_ns is None else due_ns)
        if ticket is None:
            self._end_when_idle()
        else:
            self.outstanding += 1
        return ticket

    def spawn(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Run it until it ends or the load does."""
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def no_more(self) -> None:
        """The plan is at its end: the load ends with what is under way."""
        self._tickets.close()
        self._end_when_idle()

    async def perform(
        self,
        ticket: Ticket,
        worker: int,
        scheduled_ns: int | None = None,
        exchange: Exchange | None = None,
    ) -> RequestRecord:
        """Send one request to its end and record it, also when it is cancelled."""
        trace = RequestTrace(
            self._stats,
            measured=ticket.phase is Phase.MEASURED,
            keeps_stamps=self._start.keep_stamps,
        )
        kept: list[RequestRecord] = []

        def take(record: RequestRecord) -> None:
            if exchange is not None:
                exchange.reply = trace.reply
                record = msgspec.structs.replace(
                    record,
                    conversation=exchange.conversation,
                    turn=exchange.turn,
                    reusable_tokens=exchange.reusable_tokens,
                )
            self._take(record)
            kept.append(record)

        with recorded(
            *(trace, self._stats, self._clock, take),
            number=ticket.id,
            worker=worker,
            process=self._start.process,
            phase=ticket.phase,
            scheduled_ns=scheduled_ns,
        ):
            prompt = exchange.prompt if exchange is not None else await self._prompt_for(ticket)
            await self._sender.send(prompt, trace, scheduled_ns)
        return kept[0]

    async def _prompt_for(self, ticket: Ticket) -> Prompt:
        filling = self._start.warmup_prompts
        if filling and ticket.phase is Phase.WARMUP:
            return filling[ticket.id % len(filling)]
        if self._start.fed:
            return await self._fed.get()  # in the order of the tickets
        return self._start.prompts[ticket.id % len(self._start.prompts)]

    def _feed(self, prompts: Iterable[Prompt]) -> None:
        for prompt in prompts:
            self._fed.put_nowait(prompt)

    def _take(self, record: RequestRecord) -> None:
        self.outstanding -= 1
        self._records.append(record)
        self._stats.finished(record)
        if record.phase is Phase.MEASURED:
            self._last_end_ns = record.done_ns
        if record.phase is Phase.MEASURED and record.sent_ns is not None:
            if self._first_sent_ns is None or record.sent_ns < self._first_sent_ns:
                self._first_sent_ns = record.sent_ns
            self._last_done_ns = record.done_ns
        self._judge(record)
        self._end_when_idle()

    def _judge(self, record: RequestRecord) -> None:
        """End the load when the server is gone; let the error limit be judged at once where there is one."""
        if record.error is not None and self._scenario.max_error_rate is not None:
            self._tell_records()
        if self._scenario.endpoint in WHOLE and record.error is not None and _is_lacking(record.error):
            self._end("error_rate", f"the server has no {self._scenario.endpoint}: {record.error.message}")
        if record.error is None or record.error.kind not in _UNREACHABLE:
            self._unreachable_since_ns = None
        elif self._unreachable_since_ns is None:
            self._unreachable_since_ns = record.done_ns
        elif record.done_ns - self._unreachable_since_ns >= GONE_AFTER_NS:
            self._end("server_gone", f"no connection for {GONE_AFTER_NS // 10**9} s: {record.error.message}")

    def _end_when_idle(self) -> None:
        now_ns = self._clock.monotonic_ns()
        if self.outstanding == 0 and self._tickets.over(now_ns):
            self._end("duration" if self._tickets.time_is_up(now_ns) else "requests")

    def _end(self, reason: EndReason, message: str = "") -> None:
        if not self._over.is_set():
            self._reason, self._message = reason, message
            self._ended_ns = self._clock.monotonic_ns()
            self._tickets.close()
            self._over.set()

    async def _pulse(self) -> None:
        while True:
            await self._clock.sleep(SNAPSHOT_S)
            self._report(self._phase())
            self._end_when_idle()
            self._end_drain()

    def _end_drain(self) -> None:
        """Requests that are open long after the end of a duration are cut off."""
        ends_ns, limit_s = self._tickets.ends_ns, self._scenario.drain_s
        if ends_ns is not None and self._clock.monotonic_ns() >= ends_ns + round(limit_s * 1e9):
            open_still = f"{self.outstanding} request{'s' * (self.outstanding != 1)} still open"
            self._end(
                "duration", f"{open_still} {limit_s:g} s after the end of the duration: cut off (--drain)"
            )

    def _tell_records(self) -> None:
        if self._records:
            self._emit(Requests(at_ns=self._clock.monotonic_ns(), records=tuple(self._records)))
            self._records.clear()

    @property
    def _planned(self) -> int | None:
        if self._share.requests is None and isinstance(self._driver, ConversationDriver):
            return self._driver.planned
        return self._share.requests

    def _phase(self) -> LoadPhase:
        if self.sent_all():
            return "drain"
        return "warmup" if self._tickets.measured_from_ns is None else "measured"

    def _report(self, phase: LoadPhase) -> None:
        reads = self._sender.reads()
        now_ns = self._clock.monotonic_ns()
        self._tell_records()
        measured_from_ns = self._tickets.measured_from_ns
        told = LiveSnapshot(
            at_ns=now_ns,
            phase=phase,
            paused=self.paused,
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


def _is_lacking(error: RequestError) -> bool:
    """Whether the server was started without what it is asked for."""
    return error.status in _NO_SUCH or error.remedy == NO_POOLING
