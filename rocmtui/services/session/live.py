"""A live session: server, load, GPUs and run folder joined; what the app and the headless runs hold."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import AbstractContextManager
from typing import Literal

import msgspec

from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.report.document import Report
from rocmtui.core.server.log.line import LogLevel
from rocmtui.core.server.log.prompts import SlotPrompts
from rocmtui.core.server.state import LaunchPlan, ServerState, ServerStatus
from rocmtui.core.session.commands import Pause, Resume, SetConcurrency, SetRate
from rocmtui.core.session.events import Event, LogRead, Noticed, ServerChanged, SlotsRead
from rocmtui.core.session.ports import EventSink
from rocmtui.core.session.traffic import TrafficMeter
from rocmtui.core.session.view import SessionView
from rocmtui.core.session.view_builder import ViewBuilder
from rocmtui.errors import RocmtuiError, RunFolderError, UsageError
from rocmtui.services.session.load import SessionLoad
from rocmtui.services.session.parts import SessionParts
from rocmtui.services.session.questions import Questions

ATTACH_TIMEOUT_S = 600.0
"""How long an attached server may take to load its model."""


class LiveSession:
    """Implements core.face_ports.Session over real parts. One a process; single event loop."""

    is_replay = False

    def __init__(self, parts: SessionParts, listeners: Sequence[EventSink] = ()) -> None:
        self._parts = parts
        self._listeners = listeners
        self._builder = ViewBuilder()
        self._keeper = parts.keeper
        self._server = parts.server(self)
        self._gpu = parts.gpu(self)
        self._fit = parts.fit(self)
        self._prompts = SlotPrompts()
        self._traffic = TrafficMeter(self._prompts)
        questions = Questions(parts.asker, self._traffic, parts.clock)
        self._load = SessionLoad(parts, self._server, self._gpu, questions, self._builder, self, self._tell)
        self._key_env: str | None = None
        self._wake_s = ATTACH_TIMEOUT_S
        self._tasks: set[asyncio.Task[None]] = set()
        self._disk_told = False
        self._closing: asyncio.Task[None] | None = None

    @property
    def report(self) -> Report | None:
        """Of the last load that ended."""
        return self._load.report

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
        self._fit.observe(event)
        for listener in self._listeners:
            listener.emit(event)
        if traffic := self._traffic.observe(event):
            self.emit(traffic)
        crashed = isinstance(event, ServerChanged) and event.status.state is ServerState.FAILED
        if crashed:
            self._spawn(self._load.end("server_gone"))
        if self._keeper.failure is not None and not self._disk_told:
            self._disk_told = True
            self._tell("error", self._keeper.failure.message, "disk")
            self._spawn(self._load.end("stopped"))

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

    def watch_fleet(self, urls: tuple[str, ...], api_key_env: str | None = None) -> None:
        """Show how full further servers are, before a load goes to them too. Raises UsageError."""
        self._load.fleet.watch(urls, self._parts.read_key(api_key_env))
        self._builder.set_fleet(urls)

    def notice(self, text: str) -> None:
        """Tell the user something that is no warning."""
        self._tell("info", text, "session")

    def asked_by_us(self) -> AbstractContextManager[None]:
        """Within it what the server does beside a load is nobody else's."""
        return self._traffic.asked_by_us()

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
        """Begin a load and its run folder; one under way is stopped and saved first.

        Returns when it is under way, or was ended before: its run is kept then too. Raises Interrupted where
        it was ended so early that there is no run.
        """
        await self._load.start(scenario, self._key_env, self._wake_s)

    async def wait_load(self) -> Report | None:
        """Until the load has ended and its run is saved; its report."""
        return await self._load.wait()

    async def stop_load(self, reason: Literal["stopped", "interrupted"] = "stopped") -> None:
        """End the load and save its run; nothing to do without one."""
        await self._load.stop(reason)

    async def set_concurrency(self, concurrency: int) -> None:
        """Change the number of workers of the load under way."""
        if concurrency < 1:
            raise UsageError("a load needs at least one worker", "pause it with space instead")
        await self._load.change(SetConcurrency(concurrency=concurrency), f"concurrency is now {concurrency}")

    async def set_rate(self, rate: float) -> None:
        """Change the rate of the load under way."""
        await self._load.change(SetRate(rate=rate), f"rate is now {rate:g} requests/s")

    async def pause(self) -> None:
        """Send nothing new."""
        await self._load.change(Pause(), "paused")

    async def resume(self) -> None:
        """Send again."""
        await self._load.change(Resume(), "resumed")

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
        await self._load.close()
        status = self._server.status
        if keep_server and status.state is ServerState.READY and not status.attached:
            await self._server.release()
        await self._server.close()
        await self._load.see_what_was_given_back()
        await self._gpu.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tell(self, level: LogLevel, text: str, code: str) -> None:
        self.emit(Noticed(at_ns=self._parts.clock.monotonic_ns(), level=level, text=text, code=code))
