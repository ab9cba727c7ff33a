"""A live session: server, load, GPUs and run folder joined; what the app and the headless runs hold."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from rocmtui.core.answers.look import Company
from rocmtui.core.answers.ports import Asker
from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.limits.ceiling import Ceiling
from rocmtui.core.load.prompts import with_nonce
from rocmtui.core.load.scenario import Scenario, Target, paced
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.document import Report
from rocmtui.core.server.log.line import LogLevel
from rocmtui.core.server.log.prompts import SlotPrompts
from rocmtui.core.server.state import LaunchPlan, ServerState, ServerStatus
from rocmtui.core.server.words import what_a_load_lacks
from rocmtui.core.session.events import (
    CHANGED,
    SERVER_GONE,
    AnswersInCompany,
    AnswersLooked,
    CeilingKnown,
    DraftsCounted,
    Event,
    LoadCommand,
    LogRead,
    Noticed,
    Pause,
    Resume,
    ServerChanged,
    SetConcurrency,
    SetRate,
    SlotsRead,
)
from rocmtui.core.session.ports import Clock, EventSink
from rocmtui.core.session.traffic import TrafficMeter
from rocmtui.core.session.view import SessionView
from rocmtui.core.session.view_builder import ViewBuilder
from rocmtui.errors import RocmtuiError, RunFolderError, ServerError, UsageError
from rocmtui.services.load.exact_prompts import PromptSet
from rocmtui.services.load.group import LoadGroup, LoadOutcome
from rocmtui.services.session.fit_watch import FitWatch
from rocmtui.services.session.parts import GpuControl, ServerControl
from rocmtui.services.session.questions import Questions
from rocmtui.services.session.run_keeper import RunKeeper

ATTACH_TIMEOUT_S = 600.0
"""How long an attached server may take to load its model."""
CLOSE_LOAD_S = 0.8
"""How long a load may take to say its last words when the session closes."""
LOOK_S, LOOKS = 0.1, 12
"""How often, and how many times, the GPUs are looked at for what a stopped server gave back."""


@dataclass(frozen=True, kw_only=True)
class SessionParts:
    """What a session is made of; wiring pairs them. The makers are given the session as their sink."""

    clock: Clock
    server: Callable[[EventSink], ServerControl]
    load: Callable[[EventSink], LoadGroup]
    gpu: Callable[[EventSink], GpuControl]
    keeper: RunKeeper
    build_prompts: Callable[[Scenario, str, str | None, str | None], Awaitable[PromptSet]]
    """Scenario, server address, key and model to prompts."""
    read_key: Callable[[str | None], str | None]
    """The key from the variable of that name. Raises UsageError when it is not set."""
    read_baseline: Callable[[str], LiveSnapshot]
    """The last snapshot of an earlier run. Raises RunFolderError."""
    find_target: Callable[[str, str | None], Awaitable[Target]] | None = None
    """What is served at an address, asked with a key; None: there are no fleets."""
    fit: Callable[[EventSink], FitWatch] | None = None
    """Holds what servers take against what was estimated; None: nobody does."""
    ceiling: Callable[[ServerStatus], Ceiling | None] | None = None
    """How fast a server that is ready could decode at most; blocks for a moment. None: nobody knows."""
    asker: Callable[[Target, str | None], Asker] | None = None
    """Asks a server (with its key) short questions; None: loads begin without a look."""


class LiveSession:
    """Implements core.face_ports.Session over real parts. One a process; single event loop."""

    is_replay = False

    def __init__(self, parts: SessionParts, listeners: Sequence[EventSink] = ()) -> None:
        self._parts = parts
        self._listeners = listeners
        self._builder = ViewBuilder()
        self._keeper = parts.keeper
        self._server = parts.server(self)
        self._load = parts.load(self)
        self._gpu = parts.gpu(self)
        self._fit = parts.fit(self) if parts.fit else None
        self._prompts = SlotPrompts()
        self._traffic = TrafficMeter(self._prompts)
        self._questions = Questions(parts.asker, self._traffic, parts.clock)
        self._key_env: str | None = None
        self._wake_s = ATTACH_TIMEOUT_S
        self._tasks: set[asyncio.Task[None]] = set()
        self._following: asyncio.Task[None] | None = None
        self._beginning = asyncio.Lock()
        self._disk_told = False
        self._closing: asyncio.Task[None] | None = None
        self.report: Report | None = None
        """Of the last load that ended."""
        self.outcome: LoadOutcome | None = None
        """How the last load ended."""

    @property
    def run_failure(self) -> RunFolderError | None:
        """Why the last run is not complete on disk; None when it is."""
        return self._keeper.last_failure

    def view(self) -> SessionView:
        """The newest view."""
        return self._builder.view()

    def emit(self, event: Event) -> None:
        """Take one event of any part: into the view and the run folder."""
        if isinstance(event, LogRead):
            self._prompts.read(event.lines)
        elif isinstance(event, SlotsRead):
            event = msgspec.structs.replace(event, slots=self._prompts.complete(event.slots))
        self._builder.observe(event)
        self._keeper.emit(event)
        self._gpu.observe(event)
        if self._fit is not None:
            self._fit.observe(event)
        for listener in self._listeners:
            listener.emit(event)
        if traffic := self._traffic.observe(event):
            self.emit(traffic)
        crashed = isinstance(event, ServerChanged) and event.status.state is ServerState.FAILED
        if crashed and self._load.running:
            self._spawn(self._load.stop("server_gone"))
        if self._keeper.failure is not None and not self._disk_told:
            self._disk_told = True
            self._tell("error", self._keeper.failure.message, "disk")
            self._spawn(self._load.stop("stopped"))

    def begin(self) -> None:
        """Start watching the GPUs; call once, inside the event loop."""
        self._spawn(self._gpu.run())

    async def start_server(self, plan: LaunchPlan) -> ServerStatus:
        """Start the server, or restart it with other settings; a load under way is stopped and saved."""
        await self.stop_load()
        self._key_env = plan.api_key_env
        self._parts.read_key(plan.api_key_env)
        if self._server.status.state in (ServerState.STOPPED, ServerState.FAILED):
            return await self._server.ensure_ready(plan)
        return await self._server.restart(plan)

    async def attach(
        self,
        url: str,
        api_key_env: str | None = None,
        *,
        model: str | None = None,
        timeout_s: float = ATTACH_TIMEOUT_S,
    ) -> ServerStatus:
        """Use a server that runs already, and one `model` of those it serves; it is never stopped by us.

        Waits for one that is still loading. Raises UsageError, ServerError or NotAnLlmServer.
        """
        key = self._parts.read_key(api_key_env)
        await self.stop_load()
        self._key_env, self._wake_s = api_key_env, timeout_s
        status = await self._server.attach(url, key, model=model, timeout_s=timeout_s)
        if status.state is not ServerState.READY:
            raise self._server.error()
        return status

    def notice(self, text: str) -> None:
        """Tell the user something that is no warning."""
        self._tell("info", text, "session")

    def server_gpu(self) -> tuple[GpuSummary, ...]:
        """Each card over the life of the server started last, what it gave back included."""
        return self._gpu.summary(scope="server")

    def server_error(self) -> RocmtuiError:
        """Why the last start failed, for a command that cannot go on without a server."""
        return self._server.error()

    async def stop_server(self) -> None:
        """Stop the load, then the server."""
        await self.stop_load()
        await self._server.stop()

    async def start_load(self, scenario: Scenario) -> None:
        """Begin a load and its run folder; one under way, or just beginning, is stopped and saved first."""
        async with self._beginning:
            await self._begin(scenario)

    async def _begin(self, scenario: Scenario) -> None:
        await self.stop_load()
        scenario = with_nonce(scenario, f"{self._parts.clock.unix_ns():x}")
        status = self._server.status
        lack, remedy = what_a_load_lacks(status)
        if lack or status.url is None:
            raise ServerError(lack, remedy)
        key = self._parts.read_key(scenario.api_key_env or self._key_env)
        await self._server.wake(self._wake_s)
        status = self._server.status
        built = await self._parts.build_prompts(scenario, status.url or "", key, status.facts.model)
        talks = built.conversations or scenario.conversations
        scenario = msgspec.structs.replace(
            scenario,
            shape=paced(scenario.shape, built.rate),
            conversations=talks,
            content_hash=built.content_hash,
        )
        target = Target(
            url=status.url or "",
            model=status.facts.model,
            is_llama_server=status.facts.is_llama_server,
            others=await self._fleet(scenario, key),
        )
        seen = await self._questions.look(target, key) if scenario.verify else None
        self._builder.observe(self._keeper.open(_label(status), scenario))
        if seen is not None:
            self.emit(AnswersLooked(at_ns=self._parts.clock.monotonic_ns(), look=seen))
        await self._count_drafts()
        await self._tell_ceiling(status)
        for notice in built.notices:
            self._tell("warning", notice, "prompts")
        self._builder.set_load(scenario, self._keeper.path)
        self._builder.set_kept(None)
        self.report = self.outcome = None
        try:
            await self._load.start(
                scenario, target, built.prompts, key, neighbour=built.neighbour, warmup=built.warmup
            )
        except BaseException:
            self.report = await self._keeper.close(())
            raise
        beside = None
        if scenario.verify_under_load:
            beside = self._questions.beside(target, key, seen, self._slots, self._tell_company)
        self._following = asyncio.create_task(self._follow(beside))

    def _slots(self) -> int | None:
        return self._server.status.facts.parallel

    async def _fleet(self, scenario: Scenario, key: str | None) -> tuple[Target, ...]:
        """The further servers, each asked what it serves. Raises ServerError for one that does not answer."""
        find = self._parts.find_target
        if find is None:
            return ()
        found = await asyncio.gather(*(find(url, key) for url in scenario.fleet))
        model = self._server.status.facts.model
        for target in found:
            if target.model != model:
                self._tell(
                    "warning", f"{target.url} serves {target.model}, the first server {model}", "fleet"
                )
        return tuple(found)

    async def wait_load(self) -> Report | None:
        """Until the load has ended and its run is saved; its report."""
        if self._following is not None:
            await asyncio.shield(self._following)
        return self.report

    async def stop_load(self, reason: Literal["stopped", "interrupted"] = "stopped") -> None:
        """End the load and save its run; nothing to do without one."""
        if self._following is not None and not self._following.done():
            await self._load.stop(reason)
            await asyncio.shield(self._following)

    async def set_concurrency(self, concurrency: int) -> None:
        """Change the number of workers of the load under way."""
        if concurrency < 1:
            raise UsageError("a load needs at least one worker", "pause it with space instead")
        await self._change(SetConcurrency(concurrency=concurrency), f"concurrency is now {concurrency}")

    async def set_rate(self, rate: float) -> None:
        """Change the rate of the load under way."""
        await self._change(SetRate(rate=rate), f"rate is now {rate:g} requests/s")

    async def pause(self) -> None:
        """Send nothing new."""
        await self._change(Pause(), "paused")

    async def resume(self) -> None:
        """Send again."""
        await self._change(Resume(), "resumed")

    async def _change(self, command: LoadCommand, told: str) -> None:
        if not self._load.running:
            raise UsageError("there is no load to change", "start one first")
        await self._load.tell(command)
        self._tell("info", told, CHANGED)

    async def set_baseline(self, run_dir: str | None) -> None:
        """Draw an earlier run as a ghost; None takes it away."""
        if run_dir is None:
            self._builder.set_baseline(None)
            return
        snapshot = await asyncio.to_thread(self._parts.read_baseline, run_dir)
        self._builder.set_baseline(snapshot, run_dir.rstrip("/").rpartition("/")[2])

    async def close(self, *, keep_server: bool = False) -> None:
        """Stop the load, save the run, stop (or let go) the server, stop sampling; a second call waits."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(keep_server))
        await asyncio.shield(self._closing)

    async def _close(self, keep_server: bool) -> None:
        if self._following is not None and not self._following.done():
            await self._load.stop("stopped")
            await asyncio.wait({self._following}, timeout=CLOSE_LOAD_S)
            await self._load.close()
            await asyncio.wait({self._following})
        status = self._server.status
        if keep_server and status.state is ServerState.READY and not status.attached:
            await self._server.release()
        await self._server.close()
        if self.report is not None and self.report.gpu:
            await self._see_what_was_given_back()
        await self._gpu.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _see_what_was_given_back(self) -> None:
        """Wait for one look at the GPUs without the server, and tell the report."""
        stopped_ns = self._parts.clock.monotonic_ns()
        for _ in range(LOOKS):
            await self._parts.clock.sleep(LOOK_S)
            if self._gpu.sample is not None and self._gpu.sample.at_ns > stopped_ns:
                break
        self.report = self._keeper.amend(self._gpu_summary())

    def _gpu_summary(self) -> tuple[GpuSummary, ...]:
        live = self.view().live
        return self._gpu.summary(live.output_tokens if live else None)

    async def _tell_ceiling(self, status: ServerStatus) -> None:
        """How fast its decode could be, before a load draws beside it."""
        find = self._parts.ceiling
        ceiling = await asyncio.to_thread(find, status) if find is not None else None
        if ceiling is not None:
            self.emit(CeilingKnown(at_ns=self._parts.clock.monotonic_ns(), ceiling=ceiling))

    async def _count_drafts(self) -> None:
        counts = await self._server.drafts()
        if counts is not None:
            self.emit(DraftsCounted(at_ns=self._parts.clock.monotonic_ns(), counts=counts))

    def _tell_company(self, found: Company) -> None:
        self.emit(AnswersInCompany(at_ns=self._parts.clock.monotonic_ns(), found=found))

    async def _follow(self, beside: Coroutine[object, object, None] | None) -> None:
        """Wait for the load's end and save its run, whatever ended it."""
        asking = asyncio.ensure_future(beside) if beside is not None else None
        self.outcome = await self._load.wait()
        if asking is not None:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        await self._count_drafts()
        await self._see_whether_it_answers(self.outcome.reason)
        path = self._keeper.path
        self.report = await self._keeper.close(self._gpu_summary())
        self._builder.set_kept(path)
        if self.outcome.message:
            self._tell("warning", self.outcome.message, "load")

    async def _see_whether_it_answers(self, reason: str) -> None:
        """A server that died of the load's last requests ended no request badly."""
        if reason in ("requests", "duration", "error_rate", "failed"):
            silence = await self._server.silence()
            if silence is not None:
                self._tell("error", f"the server no longer answers: {silence}", SERVER_GONE)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tell(self, level: LogLevel, text: str, code: str) -> None:
        self.emit(Noticed(at_ns=self._parts.clock.monotonic_ns(), level=level, text=text, code=code))


def _label(status: ServerStatus) -> str:
    parallel = f" np{status.facts.parallel}" if status.facts.parallel else ""
    return f"{status.facts.model or 'load'}{parallel}"
