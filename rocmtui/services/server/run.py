"""One server at work: its log, its end, its readiness, its watch. Reports what happens; decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import msgspec

from rocmtui.core.server.diagnosis.explain import is_repeatable
from rocmtui.core.server.log.line import LogLevel
from rocmtui.core.server.machine import Answered, Exited, Happening
from rocmtui.core.server.state import ServerFacts
from rocmtui.core.server.words import failed_launch, model_state_words, outside_words, start_awaits
from rocmtui.core.session.events import Noticed
from rocmtui.core.session.ports import Clock, EventSink, LaunchedServer, ServerLauncher, ServerProbe
from rocmtui.core.text import forms
from rocmtui.errors import RocmtuiError, ServerError, StillLoading
from rocmtui.services.server.log import ServerLog
from rocmtui.services.server.patience import Patience
from rocmtui.services.server.serving import Serving
from rocmtui.services.server.watch import ServerWatch

SLEEP_FLAG = "--sleep-idle-seconds"
READY_POLL_S = 0.1
PATIENCE_S = 5.0
"""How long a healthy server may refuse to say what it serves before the user is told."""
LOADING_POLL_S = 0.5
MISSES_LOADING = 3
"""So many questions in a row may fail before a server that was loading is given up."""
MODEL_POLL_S = 2.0
LAST_LINES_S = 2.0
"""How long the last log lines may take once the process has ended."""


class ServerRun:
    """A server we launched, or (`launched` None) one that was found running."""

    def __init__(
        self,
        url: str,
        probe: ServerProbe,
        clock: Clock,
        sink: EventSink,
        report: Callable[[ServerRun, Happening | None], None],
        launcher: ServerLauncher,
        launched: LaunchedServer | None,
    ) -> None:
        """`report` gets what happened, or None when only stages or facts changed."""
        self.url = url
        self.launched = launched
        self.serving = Serving(url, launched, launcher, clock)
        self.model_state: str | None = None
        """What a router says of its model."""
        self.probe = probe
        self.log = ServerLog(clock, sink, launcher)
        self.known = ServerFacts()
        self._clock = clock
        self._sink = sink
        self._report = report
        self._was_ready = False
        self._refusal = ""
        self._process_tasks: list[asyncio.Task[None]] = []
        self._probe_tasks: list[asyncio.Task[None]] = []

    @property
    def facts(self) -> ServerFacts:
        """What its replies and its log tell together."""
        stages = self.log.stages
        return msgspec.structs.replace(
            self.known,
            build=(self.launched.build if self.launched else None) or self.known.build,
            backend=stages.backend,
            layers_offloaded=stages.layers_offloaded,
            layers_total=stages.layers_total,
            memory=stages.memory,
            program=self.serving.program(stages.flags),
        )

    def begin(self) -> None:
        """Read the log, wait for the end, ask until it is ready."""
        if self.launched is not None:
            log = self._start(self._process_tasks, self._read_log(self.launched))
            self._start(self._process_tasks, self._await_end(self.launched, log))
            self._start(self._probe_tasks, self._await_ready())

    def await_loaded(self) -> None:
        """Ask a server that is still loading until it is ready."""
        self._start(self._probe_tasks, self._await_loaded())

    def watch(self) -> None:
        """From ready on: ask for its health and slots."""
        watch = ServerWatch(
            self.probe,
            self._clock,
            self._sink,
            lambda event: self._report(self, event),
            owned=self.launched is not None,
            may_sleep=SLEEP_FLAG in self.serving.command,
            has_slots=self.known.slots_endpoint,
        )
        if self.launched is None:
            self._start(self._probe_tasks, self._identify_attached())
        if self.known.per_model:
            self._start(self._probe_tasks, self._watch_model())
        self._start(self._probe_tasks, watch.run())

    async def _identify_attached(self) -> None:
        await self.serving.identify()
        self._report(self, None)

    async def hush(self) -> None:
        """Ask nothing more and give up the connections: each would hold up the server's end."""
        await _cancel(self._probe_tasks)
        await self.probe.close()

    async def leave_process(self) -> None:
        """Neither read its log nor wait for its end any more."""
        await _cancel(self._process_tasks)

    async def close(self) -> None:
        """Let go of everything; the process is left as it is."""
        await self.hush()
        await self.leave_process()

    @staticmethod
    def _start(tasks: list[asyncio.Task[None]], work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(work))
        return tasks[-1]

    async def _read_log(self, launched: LaunchedServer) -> None:
        async for raw in launched.process.lines():
            if self.log.take(raw):
                self._report(self, None)

    async def _await_end(self, launched: LaunchedServer, log: asyncio.Task[None]) -> None:
        returncode = await launched.process.wait()
        await asyncio.wait((log,), timeout=LAST_LINES_S)
        diagnosis = self.log.explain(launched.process, returncode, during_start=not self._was_ready)
        self._report(self, Exited(diagnosis, is_repeatable(diagnosis)))

    async def read_facts(self) -> bool:
        """Ask what it serves; a server that comes back may not be the one that went."""
        try:
            self.known = await self.probe.facts()
        except ServerError as error:
            self._refusal = error.message
            return False
        self.serving.look_again()
        return True

    async def _await_ready(self) -> None:
        refused_s = 0.0
        patience = Patience(self._clock, self._sink)
        while True:
            health = await self.probe.health()
            stranger = self.serving.stranger() if health == "ok" else None
            if health == "ok" and await self.read_facts():
                if stranger is None or self.serving.serves_model_of(self.known):
                    self.serving.take_listener(stranger)
                    if stranger is not None:
                        self._tell("info", outside_words(stranger.pid), "outside")
                    await self.serving.identify()
                    self._was_ready = True
                    return self._report(self, Answered())
            elif health == "ok" and stranger is None:
                refused_s += READY_POLL_S
                if PATIENCE_S <= refused_s < PATIENCE_S + READY_POLL_S:
                    why = f"the server is up but does not say what it serves: {self._refusal}"
                    self._tell("warning", why, "no_facts")
            patience.say(start_awaits(health, self.url, self.log.stages.stages, stranger, self.known.model))
            await self._clock.sleep(READY_POLL_S)

    async def _await_loaded(self) -> None:
        patience, misses = Patience(self._clock, self._sink), 0
        while True:
            try:
                self.known = await self.probe.facts()
                self.serving.look_again()
                return self._report(self, Answered())
            except StillLoading as loading:
                misses = 0
                patience.say(loading.message)
            except RocmtuiError as error:
                misses += 1
                if misses >= MISSES_LOADING:
                    return self._report(self, Exited(failed_launch(error)))
            await self._clock.sleep(LOADING_POLL_S)

    async def _watch_model(self) -> None:
        """Tell what a router does with the model."""
        while True:
            state = await self.probe.model_state()
            if state is not None and state != self.model_state:
                if self.model_state is not None:
                    words = model_state_words(self.known.model or "its model", state)
                    self._tell("info", words, "model_state")
                self.model_state = state
                if state == "loaded":
                    await self.read_facts()
                self._report(self, None)
            await self._clock.sleep(MODEL_POLL_S)

    async def wake(self, timeout_s: float) -> None:
        """Have the model loaded where that is done on demand. Raises ServerError where it is not."""
        patience = Patience(self._clock, self._sink)
        while True:
            try:
                async with patience.while_awaiting(f"{self.known.model or 'its model'} to be loaded"):
                    await self.probe.wake(timeout_s)
                break
            except StillLoading as loading:
                if patience.waited_s > timeout_s:
                    raise ServerError(
                        f"{loading.message} after {forms.duration(patience.waited_s)}",
                        "raise --start-timeout",
                    ) from None
                patience.say(loading.message)
            await self._clock.sleep(LOADING_POLL_S)
        await self.read_facts()
        self._report(self, None)

    def _tell(self, level: LogLevel, text: str, code: str) -> None:
        self._sink.emit(Noticed(at_ns=self._clock.monotonic_ns(), level=level, text=text, code=code))


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    current = asyncio.current_task()
    others = [task for task in tasks if task is not current]
    tasks.clear()
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
