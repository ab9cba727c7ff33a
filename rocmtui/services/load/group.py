"""One load over one or more load processes: one stream of snapshots and records comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence

import msgspec

from rocmtui.core.load.error_limit import ErrorLimit
from rocmtui.core.load.far.engine import SshEngine
from rocmtui.core.load.live_merge import merge_snapshots
from rocmtui.core.load.live_slo import SloWatch
from rocmtui.core.load.said import LoadFailed, LoadFinished, Requests, Said, StopReason
from rocmtui.core.load.scenario import ClosedLoop, Prompt, Scenario, Target
from rocmtui.core.load.slo import parse_slo
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.audit.live_warnings import live_warnings
from rocmtui.core.server.log.line import LogLevel
from rocmtui.core.server.url import host_of, is_this_machine
from rocmtui.core.session.commands import LoadCommand, StartLoad, StopLoad
from rocmtui.core.session.events import ClockMeasured, Noticed
from rocmtui.core.session.ports import Clock, EventSink, LoadProcess, LoadSpawner
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError
from rocmtui.services.load.conversation_feed import Conversations
from rocmtui.services.load.member import LoadMember

START_LEAD_NS = 100_000_000
"""An open loop's plan begins this long after the processes are told, so that all hear of it in time."""


class LoadOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a load ended."""

    reason: str
    """That of LoadFinished; `failed` when no process came to its end."""
    message: str = ""
    finished: tuple[LoadFinished, ...] = ()
    failed: tuple[LoadFailed, ...] = ()
    lost: int = 0
    """Requests under way in load processes that died."""


class LoadGroup:
    """Starts the processes, passes commands on, merges what they say. One load at a time.

    To the sink go: merged LiveSnapshots, each process's Requests, LoadFinished and LoadFailed, and Noticed.
    """

    def __init__(self, spawner: LoadSpawner, clock: Clock, sink: EventSink) -> None:
        self._spawner = spawner
        self._clock = clock
        self._sink = sink
        self._members: list[LoadMember] = []
        self._readers: list[asyncio.Task[None]] = []
        self._slos = SloWatch(())
        self._errors = ErrorLimit(None, None)
        self._lost = 0
        self._feeding: set[asyncio.Future[None]] = set()
        self._scenario: Scenario

    @property
    def running(self) -> bool:
        """Whether a load is on."""
        return any(not reader.done() for reader in self._readers)

    async def start(
        self,
        scenario: Scenario,
        target: Target,
        prompts: Sequence[Prompt] | Conversations,
        api_key: str | None = None,
        *,
        keep_stamps: bool = False,
        neighbour: Sequence[Prompt] = (),
        warmup: Sequence[Prompt] = (),
    ) -> None:
        """Start the load and return; with `keep_stamps`, records say when each event came.

        The first process sends the prompts of the scenario's `neighbour`; warm-up requests those of `warmup`
        where there are any.

        Raises UsageError without prompts or while a load is on, LoadProcessError when no process comes up.
        """
        if self.running:
            raise UsageError("a load is running already", "stop it first")
        if not prompts:
            raise UsageError("there is no prompt to send", "give --prompt, --prompt-file or --dataset")
        scenario = self._fitting(scenario)
        self._warn_of_loopback(scenario, target)
        self._take_on(await self._start_all(scenario, api_key), scenario)
        start = StartLoad(
            scenario=scenario,
            target=target,
            prompts=(),
            warmup_prompts=tuple(warmup),
            neighbour_prompts=tuple(neighbour),
            waits=True,
            keep_stamps=keep_stamps,
        )
        try:
            await asyncio.gather(*(self._brief(member, start, prompts) for member in self._members))
            await self._begin()
        except BaseException:
            await self.close()
            raise

    def _take_on(self, processes: Sequence[LoadProcess], scenario: Scenario) -> None:
        """They are the load from now on: what each says is read."""
        self._scenario = scenario
        self._members = [
            LoadMember(process, scenario, number, self._clock) for number, process in enumerate(processes)
        ]
        self._slos = SloWatch([parse_slo(expression) for expression in scenario.slo])
        self._errors = ErrorLimit(scenario.max_error_rate, scenario.requests)
        self._lost = 0
        self._readers = [asyncio.create_task(self._read(member)) for member in self._members]

    async def _brief(
        self, member: LoadMember, start: StartLoad, prompts: Sequence[Prompt] | Conversations
    ) -> None:
        if member.far is not None:
            now_ns, hello = self._clock.monotonic_ns(), member.process.hello
            self._sink.emit(msgspec.structs.replace(hello, at_ns=now_ns, process=member.number))
        await member.brief(start, prompts)

    async def _begin(self) -> None:
        """The same moment for all, each told by its own clock."""
        start_ns = self._clock.monotonic_ns() + START_LEAD_NS
        await asyncio.gather(*(member.begin(start_ns) for member in self._members))

    async def tell(self, command: LoadCommand) -> None:
        """Have every process obey; numbers are those of the whole load."""
        await asyncio.gather(*(member.process.send(command) for member in self._members))

    async def stop(self, reason: StopReason = "stopped", message: str = "") -> None:
        """Cancel what is under way and end; `wait` then returns soon."""
        await self.tell(StopLoad(reason=reason, message=message))

    async def wait(self) -> LoadOutcome:
        """Until the load is over and its processes are gone. A cancelled wait leaves the load running."""
        await asyncio.gather(*(asyncio.shield(reader) for reader in self._readers))
        return self._outcome()

    async def close(self) -> None:
        """End it whatever it does; returns within 2 s, no process left."""
        await asyncio.gather(*(member.process.close() for member in self._members))
        await asyncio.gather(*self._readers)

    async def _start_all(self, scenario: Scenario, api_key: str | None) -> list[LoadProcess]:
        """All of them, at once, or none. Raises LoadProcessError."""
        starts = (self._spawner.spawn(n, scenario.engine, api_key) for n in range(scenario.processes))
        results = await asyncio.gather(*starts, return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        processes = [result for result in results if not isinstance(result, BaseException)]
        if failures:
            await asyncio.gather(*(process.close() for process in processes))
            raise failures[0]
        return processes

    def _fitting(self, scenario: Scenario) -> Scenario:
        """The scenario with no more processes than workers or requests in flight."""
        shape, wanted = scenario.shape, max(scenario.processes, 1)
        if isinstance(shape, ClosedLoop):
            most, there = shape.concurrency, f"there are only {shape.concurrency} workers"
        else:
            most, there = shape.max_in_flight or wanted, f"only {shape.max_in_flight} may be in flight"
        fitting = max(min(wanted, most), 1)
        if fitting < wanted:
            self._notice("info", f"{fitting} load processes instead of {wanted}: {there}")
        return msgspec.structs.replace(scenario, processes=fitting)

    def _warn_of_loopback(self, scenario: Scenario, target: Target) -> None:
        if isinstance(scenario.engine, SshEngine) and is_this_machine(host_of(target.url)):
            self._notice("warning", f"each load host looks for the server at its own {target.url}")

    async def _read(self, member: LoadMember) -> None:
        """Everything one process says, until it is gone."""
        async for said in member.process.events():
            event = member.hear(said)
            if event is not None:
                await self._take(member, event)
        member.leave()
        await member.process.close()
        if member.far is not None and (found := member.far.found) is not None:
            now_ns = self._clock.monotonic_ns()
            self._sink.emit(ClockMeasured(at_ns=now_ns, process=member.number, clock=found))
        if self._first_running() is None:
            self._emit_merged()

    async def _take(self, member: LoadMember, event: Said) -> None:
        match event:
            case LiveSnapshot():
                member.take_snapshot(event)
                self._spawn(member.feed_on())
                if member is self._first_running():
                    self._emit_merged()
            case Requests():
                member.take_records(event.records)
                self._slos.take(event.records)
                self._sink.emit(event)
                if (why := self._errors.take(event.records)) is not None:
                    await self.stop("error_rate", why)
            case LoadFailed():
                self._bury(member, event)
            case LoadFinished():
                member.finished = event
                self._sink.emit(event)
                self._spawn(member.let_go())
                if (reason := _cut_short(event)) is not None:
                    await self.stop(reason, event.message)
            case _:
                self._sink.emit(event)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(work)
        self._feeding.add(task)
        task.add_done_callback(self._feeding.discard)

    def _bury(self, member: LoadMember, failure: LoadFailed) -> None:
        """A process died: what it had under way is lost, the others go on."""
        member.failed = failure
        lost = member.lose(failure.at_ns)
        self._sink.emit(failure)
        if lost:
            self._sink.emit(Requests(at_ns=failure.at_ns, records=lost))
        self._lost += len(lost)
        going_on = self._first_running() is not None
        rest = "the others go on without its share" if going_on else "nothing is left of the load"
        self._notice(
            "error",
            f"load process {member.number + 1} of {len(self._members)}{_where(member)} {failure.message}; "
            f"{len(lost)} requests under way are lost, {rest}",
            code="load_process_died",
        )

    def _first_running(self) -> LoadMember | None:
        return next((m for m in self._members if not (m.gone or m.failed or m.finished)), None)

    def _emit_merged(self) -> None:
        known = [member.snapshot for member in self._members if member.snapshot is not None]
        if known:
            merged = merge_snapshots(known)
            self._sink.emit(
                msgspec.structs.replace(
                    merged, slo=self._slos.states(merged), warnings=live_warnings(known, self._scenario)
                )
            )

    def _outcome(self) -> LoadOutcome:
        finished = tuple(m.finished for m in self._members if m.finished is not None)
        failed = tuple(m.failed for m in self._members if m.failed is not None)
        if not finished:
            message = failed[0].message if failed else "the load processes ended without a word"
            return LoadOutcome(reason="failed", message=message, failed=failed, lost=self._lost)
        decisive = next((end for end in finished if _cut_short(end)), finished[-1])
        return LoadOutcome(
            reason=decisive.reason,
            message=decisive.message,
            finished=finished,
            failed=failed,
            lost=self._lost,
        )

    def _notice(self, level: LogLevel, text: str, code: str = "load") -> None:
        self._sink.emit(Noticed(at_ns=self._clock.monotonic_ns(), level=level, text=text, code=code))


def _where(member: LoadMember) -> str:
    return "" if member.far is None else f" on {clean_line(member.process.hello.host, 60)}"


def _cut_short(end: LoadFinished) -> StopReason | None:
    """Why a process ended before its share was done; None where it ran its course."""
    return None if end.reason == "requests" or end.reason == "duration" else end.reason
