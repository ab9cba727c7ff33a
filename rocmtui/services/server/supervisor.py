"""Supervises one server. One task owns all state; callers send it wishes, the server's run sends it facts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rocmtui.core.server.log.line import LogLevel
from rocmtui.core.server.machine import (
    Attach,
    Effect,
    Ensure,
    Exited,
    Happening,
    Release,
    Restart,
    Situation,
    Stop,
    react,
)
from rocmtui.core.server.replies import DraftCounts
from rocmtui.core.server.state import LaunchPlan, ServerFacts, ServerState, ServerStatus
from rocmtui.core.server.words import (
    CANCELLED,
    SILENT,
    SUSPENDED,
    change_words,
    failed_launch,
    kept_words,
    left_words,
    ready_words,
    taken_words,
)
from rocmtui.core.session.events import Noticed, ServerChanged
from rocmtui.core.session.ports import Clock, EventSink, LaunchedServer, ServerLauncher, ServerProbe
from rocmtui.errors import RocmtuiError, ServerStartError, StillLoading, UsageError
from rocmtui.services.server.inbox import Inbox, Message
from rocmtui.services.server.patience import Patience
from rocmtui.services.server.run import ServerRun
from rocmtui.services.server.status import status_of

ITS_ANSWERS = "llama-server to say what it is (--help, --version, --list-devices)"
LOOKS_S = (0.2, 0.2, 0.0)
"""Pauses after looks at whether a server still answers."""
SETTLED = (ServerState.READY, ServerState.STOPPED, ServerState.FAILED)


class Supervisor:
    """Starts, watches, stops, attaches to and releases one server; see core/server/machine.py for the rules.

    Emits ServerChanged, LogRead, SlotsRead and Noticed. Call `close` at the end.
    """

    def __init__(
        self,
        launcher: ServerLauncher,
        probe_factory: Callable[[str, str | None], ServerProbe],
        clock: Clock,
        sink: EventSink,
    ) -> None:
        self._launcher = launcher
        self._probe_factory = probe_factory
        self._clock = clock
        self._sink = sink
        self._situation = Situation()
        self._run: ServerRun | None = None
        self._launch: asyncio.Task[None] | None = None
        self.status = ServerStatus()
        """The newest one."""
        self._inbox = Inbox(clock)
        self._actor: asyncio.Task[None] | None = None
        self._error: RocmtuiError | None = None

    async def ensure_ready(self, plan: LaunchPlan) -> ServerStatus:
        """Have a server with this plan; returns when it is ready, failed, or stopped meanwhile by `stop`."""
        return await self._tell(Ensure(plan))

    async def restart(self, plan: LaunchPlan | None = None) -> ServerStatus:
        """Stop what runs and start again, with another plan or the same."""
        return await self._tell(Restart(plan))

    async def stop(self) -> ServerStatus:
        """End the server (or let go of an attached one); returns when it is gone."""
        return await self._tell(Stop())

    async def attach(
        self, url: str, api_key: str | None = None, *, model: str | None = None, timeout_s: float = 600.0
    ) -> ServerStatus:
        """Watch a server we did not start; one that is still loading is waited for.

        `model` is one of those it serves. Raises UsageError, ServerError or NotAnLlmServer.
        """
        probe = self._probe_factory(url, api_key)
        facts, loading = ServerFacts(), None
        try:
            try:
                facts = await probe.facts(model)
            except StillLoading as error:
                loading = error
            await self.stop()
        except BaseException:
            await probe.close()
            raise
        run = self._new_run(url, probe)
        run.known = facts
        if loading is not None:
            text = f"{loading.message}: waiting up to {timeout_s:g} s (--start-timeout)"
            self._notice("info", text, "loading")
            return await self._tell(Attach(timeout_s), run)
        if model is None and len(facts.models) > 1:
            self._notice("info", taken_words(facts), "model_taken")
        return await self._tell(Attach(), run)

    async def wake(self, timeout_s: float) -> None:
        """Have the model loaded where the server loads on demand. Raises ServerError where it is not."""
        if self._run is not None and self._run.known.models:
            await self._run.wake(timeout_s)

    async def release(self) -> str:
        """Let our ready server live on without us; where its log goes from now on. Raises UsageError."""
        run = self._run
        if self._situation.state is not ServerState.READY or run is None or run.launched is None:
            raise UsageError("there is no ready server of ours to keep")
        await run.leave_process()
        log_file = self._launcher.release(run.launched, run.known.model)
        self._notice("info", kept_words(run.url, run.serving.pid, log_file), "kept")
        await self._tell(Release())
        return log_file

    async def close(self) -> None:
        """Stop the server unless it was released, and end the supervision."""
        await self.stop()
        if self._run is not None:
            await self._run.close()
        if self._actor is not None:
            self._actor.cancel()
            await asyncio.gather(self._actor, return_exceptions=True)

    async def drafts(self) -> DraftCounts | None:
        """What our server counted of its drafts; another's is not asked, since that resets its gauges."""
        run = self._run
        if run is None or self.status.attached or self.status.state is not ServerState.READY:
            return None
        return await run.probe.drafts()

    async def silence(self) -> str | None:
        """Why the server does not answer; None when it does. Asked a few times where it only is slow."""
        for wait_s in LOOKS_S:
            run = self._run
            if self.status.state is ServerState.FAILED or run is None:
                return self.status.diagnosis.cause if self.status.diagnosis else "it has ended"
            health = await run.probe.health()
            if health in ("ok", "loading"):
                return None
            await self._clock.sleep(wait_s)
        return {"refused": "it refuses connections", "timeout": "it is silent"}.get(health, "it fails")

    def error(self) -> RocmtuiError:
        """Why the last start failed, to be raised by a command that cannot go on without a server."""
        if self._error is not None:
            return self._error
        found = self.status.diagnosis
        if found is None:
            return ServerStartError("the start was cancelled")
        return ServerStartError(found.cause, found.remedy, found.proof, found.code)

    async def _tell(self, wish: Happening, run: ServerRun | None = None) -> ServerStatus:
        if self._actor is None or self._actor.done():
            self._actor = asyncio.create_task(self._act())
        return await self._inbox.wish(wish, run)

    def _happened(self, run: ServerRun, event: Happening | None) -> None:
        if event is not None:
            self._inbox.put(event, run)
        elif run is self._run:
            self._publish()

    async def _act(self) -> None:
        try:
            while True:
                message = await self._inbox.next(self._situation.deadline_ns)
                if message.run in (None, self._run) or isinstance(message.event, Attach):
                    await self._take(message)
        except Exception as error:  # a fault of ours: whoever waits must learn of it
            self._inbox.settle(error)
            raise

    async def _take(self, message: Message) -> None:
        before, run = self._situation, self._run
        if isinstance(message.event, Exited) and run is not None:
            await run.hush()
            if not await run.serving.end_outside():
                self._notice("warning", left_words(run.serving.outside, run.url), "outside")
        self._situation, effects = react(before, message.event, self._clock.monotonic_ns())
        for effect in effects:
            await self._perform(effect)
        if isinstance(message.event, Attach) and message.run is not None:
            await self._adopt(message.run)
        if self._situation.state is ServerState.READY:
            if before.state is ServerState.STARTING:
                self._became_ready()
            elif before.state is ServerState.UNRESPONSIVE and self._run is not None:
                await self._run.read_facts()
        for level, text, code in change_words(before, self._situation):
            stopped = code == SILENT and self._run is not None and self._run.serving.is_suspended()
            self._notice(level, f"{text}: {SUSPENDED}" if stopped else text, code)
        self._publish()
        if self._situation.state in SETTLED and self._situation.deadline_ns is None:
            self._inbox.settle(self.status)

    async def _perform(self, effect: Effect) -> None:
        run = self._run
        match effect:
            case Effect.LAUNCH:
                await self._drop_run()
                self._launch = asyncio.create_task(self._start())
            case Effect.INTERRUPT if run is not None and run.launched is not None:
                await run.hush()
                run.serving.ask_outside()
                run.launched.process.terminate()
            case Effect.INTERRUPT if self._launch is not None:
                self._launch.cancel()
            case Effect.KILL if run is not None and run.launched is not None:
                run.launched.process.kill_group()
            case Effect.LET_GO:
                await self._drop_run()
            case _:
                pass

    async def _drop_run(self) -> None:
        if self._run is not None:
            await self._run.close()
            self._run = None

    async def _start(self) -> None:
        """Launch by the plan; a start that cannot even begin is reported as an end."""
        plan = self._situation.plan
        if plan is None:
            return
        self._error = None
        try:
            async with Patience(self._clock, self._sink).while_awaiting(ITS_ANSWERS):
                launched = await self._launcher.launch(plan)
        except RocmtuiError as error:
            self._error = error
            self._inbox.put(Exited(failed_launch(error)))
            return
        except asyncio.CancelledError:
            self._inbox.put(Exited(CANCELLED))
            raise
        probe = self._probe_factory(launched.url, launched.api_key)
        run = self._new_run(launched.url, probe, launched)
        run.log.stages.mark("process", self._clock.monotonic_ns())
        self._run = run
        for note in launched.notes:
            self._notice("info", note, "launch")
        for doubt in launched.doubts:
            self._notice("warning", doubt, "launch")
        self._publish()
        run.begin()

    def _new_run(self, url: str, probe: ServerProbe, launched: LaunchedServer | None = None) -> ServerRun:
        return ServerRun(url, probe, self._clock, self._sink, self._happened, self._launcher, launched)

    async def _adopt(self, run: ServerRun) -> None:
        """Watch an attached server, if nothing was started meanwhile."""
        if not self._situation.attached:
            await run.close()
            return
        await self._drop_run()
        self._run = run
        if self._situation.state is ServerState.STARTING:
            run.await_loaded()
        else:
            run.watch()

    def _became_ready(self) -> None:
        run, plan = self._run, self._situation.plan
        if run is not None:
            run.watch()
            if run.launched is not None and plan is not None:
                told = ready_words(run.log.stages, plan, expected=run.launched.gpu_expected)
                for level, text, code in told:
                    self._notice(level, text, code)

    def _notice(self, level: LogLevel, text: str, code: str) -> None:
        self._sink.emit(Noticed(at_ns=self._clock.monotonic_ns(), level=level, text=text, code=code))

    def _publish(self) -> None:
        """Emit the status if it changed."""
        status = status_of(self._situation, self._run)
        if status != self.status:
            self.status = status
            self._sink.emit(ServerChanged(at_ns=self._clock.monotonic_ns(), status=status))
