"""One server at work: its log, its end, its readiness, its watch. Reports what happens; decides nothing."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from itertools import pairwise

import msgspec

from rocmtui.core.server.diagnosis.explain import diagnose, is_kill, is_repeatable, is_vague
from rocmtui.core.server.found import hide_keys
from rocmtui.core.server.log.line import LogLevel, read_line
from rocmtui.core.server.log.stages import LoadStages
from rocmtui.core.server.machine import Answered, Exited, Happening
from rocmtui.core.server.program import Program
from rocmtui.core.server.state import ServerFacts
from rocmtui.core.server.words import failed_launch, file_name, model_state_words, outside_words, start_awaits
from rocmtui.core.session.events import LogRead, Noticed
from rocmtui.core.session.ports import Clock, EventSink, LaunchedServer, LocalProcess, ServerProbe
from rocmtui.core.text import forms
from rocmtui.errors import RocmtuiError, ServerError, StillLoading
from rocmtui.services.server.patience import Patience
from rocmtui.services.server.watch import ServerWatch

TAIL_LINES = 400
"""How much of the log's end is kept to explain an end."""
ECHO_OF_OUR_POLLS = "update_slots: all slots are idle"
"""Written at each look at an idle server's /slots: nothing to read, and it pushes the rest out of sight."""
TAIL_CHARS = 1000
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
        find_process: Callable[[str], LocalProcess | None],
        launched: LaunchedServer | None,
        keep_log: Callable[[int, Sequence[str]], str | None],
        read_program: Callable[[int], Awaitable[Program | None]],
    ) -> None:
        """`report` gets what happened, or None when only stages or facts changed."""
        self.url = url
        self.launched = launched
        self.found = find_process(url) if launched is None else None
        """The process that serves, if it can be seen from here and is not the one we started."""
        self.model_state: str | None = None
        """What a router says of its model."""
        self.probe = probe
        self.stages = LoadStages()
        self.known = ServerFacts()
        self._clock = clock
        self._sink = sink
        self._report = report
        self._find_process = find_process
        self._keep_log = keep_log
        self._read_program = read_program
        self._program: Program | None = None
        self.outside: LocalProcess | None = None
        """What serves for us without being a process that we started: our signals do not reach it."""
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._was_ready = False
        self._refusal = ""
        self._process_tasks: list[asyncio.Task[None]] = []
        self._probe_tasks: list[asyncio.Task[None]] = []

    @property
    def facts(self) -> ServerFacts:
        """What its replies and its log tell together."""
        stages = self.stages
        return msgspec.structs.replace(
            self.known,
            build=(self.launched.build if self.launched else None) or self.known.build,
            backend=stages.backend,
            layers_offloaded=stages.layers_offloaded,
            layers_total=stages.layers_total,
            memory=stages.memory,
            program=self._whole_program(),
        )

    def _whole_program(self) -> Program | None:
        """Its files, with what its words add."""
        if self._program is None:
            return None
        compiler = self.launched.compiler if self.launched is not None else None
        return msgspec.structs.replace(self._program, compiler=compiler, flags=self.stages.flags)

    async def _identify(self) -> None:
        """Read what the process is made of, before anything is measured."""
        if self.pid is not None:
            self._program = await self._read_program(self.pid)

    async def _identify_attached(self) -> None:
        await self._identify()
        if self._program is not None:
            self._report(self, None)

    @property
    def pid(self) -> int | None:
        """Its process id, if it is a process of this machine."""
        if self.found is not None:
            return self.found.pid
        return self.launched.process.pid if self.launched is not None else None

    @property
    def command(self) -> tuple[str, ...]:
        """Its command line, as far as it can be seen; keys in it are hidden."""
        process = self.launched.process if self.launched is not None else self.found
        return hide_keys(process.command) if process is not None else ()

    def is_suspended(self) -> bool:
        """Whether its process is stopped by SIGSTOP or a debugger."""
        return self.launched is not None and self.launched.process.is_stopped()

    def begin(self) -> None:
        """Read the log, wait for the end, ask until it is ready."""
        if self.launched is not None:
            log = self._start(self._process_tasks, self._read_log(self.launched))
            self._start(self._process_tasks, self._await_end(self.launched, log))
            self._start(self._probe_tasks, self._await_ready(self.launched))

    def await_loaded(self) -> None:
        """Ask a server that is still loading until it is ready."""
        self._start(self._probe_tasks, self._await_loaded())

    def watch(self, *, owned: bool, may_sleep: bool) -> None:
        """From ready on: ask for its health and slots."""
        watch = ServerWatch(
            self.probe,
            self._clock,
            self._sink,
            lambda event: self._report(self, event),
            owned=owned,
            may_sleep=may_sleep,
            has_slots=self.known.slots_endpoint,
        )
        if self.launched is None:
            self._start(self._probe_tasks, self._identify_attached())
        if self.known.per_model:
            self._start(self._probe_tasks, self._watch_model())
        self._start(self._probe_tasks, watch.run())

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
            at_ns = self._clock.monotonic_ns()
            lines = [read_line(line) for line in raw]
            told = [self.stages.observe(line, at_ns) for line in lines]
            self._tail.extend(line.text[:TAIL_CHARS] for line in lines)
            shown = tuple(line.shown for line in lines if ECHO_OF_OUR_POLLS not in line.text)
            if shown:
                self._sink.emit(LogRead(at_ns=at_ns, lines=shown))
            if any(told):
                self._report(self, None)

    async def _await_end(self, launched: LaunchedServer, log: asyncio.Task[None]) -> None:
        returncode = await launched.process.wait()
        await asyncio.wait((log,), timeout=LAST_LINES_S)
        diagnosis = diagnose(
            returncode,
            tuple(self._tail),
            during_start=not self._was_ready,
            memory=launched.process.memory_kill() if is_kill(returncode) else None,
        )
        kept = self._keep_log(launched.process.pid, tuple(self._tail)) if is_vague(diagnosis) else None
        if kept is not None:
            diagnosis = msgspec.structs.replace(diagnosis, remedy=f"{diagnosis.remedy}; its log: {kept}")
        self._report(self, Exited(diagnosis, is_repeatable(diagnosis)))

    def _stranger(self, launched: LaunchedServer) -> LocalProcess | None:
        """Who listens at our address instead of what we started, as far as it can be seen."""
        listener = self._find_process(self.url)
        return None if listener is None or launched.process.owns(listener.pid) else listener

    async def read_facts(self) -> bool:
        """Ask what it serves; a server that comes back may not be the one that went."""
        try:
            self.known = await self.probe.facts()
        except ServerError as error:
            self._refusal = error.message
            return False
        if self.launched is None:
            self.found = self._find_process(self.url)
        return True

    async def _await_ready(self, launched: LaunchedServer) -> None:
        refused_s = 0.0
        patience = Patience(self._clock, self._sink)
        while True:
            health = await self.probe.health()
            stranger = self._stranger(launched) if health == "ok" else None
            if health == "ok" and await self.read_facts():
                if stranger is None or self._serves_model_of(launched):
                    self._take_listener(launched, stranger)
                    await self._identify()
                    self._was_ready = True
                    return self._report(self, Answered())
            elif health == "ok" and stranger is None:
                refused_s += READY_POLL_S
                if PATIENCE_S <= refused_s < PATIENCE_S + READY_POLL_S:
                    self._warn(f"the server is up but does not say what it serves: {self._refusal}")
            patience.say(start_awaits(health, self.url, self.stages.stages, stranger, self.known.model))
            await self._clock.sleep(READY_POLL_S)

    def _serves_model_of(self, launched: LaunchedServer) -> bool:
        """Whether the listener's model bears the name of the one we gave, as a container's does."""
        given = launched.process.command
        file = next((word for flag, word in pairwise(given) if flag == "-m"), "")
        return bool(file) and file_name(file) == file_name(self.known.model_path or self.known.model or "")

    def _take_listener(self, launched: LaunchedServer, stranger: LocalProcess | None) -> None:
        """The process that serves, where the one we started is only its wrapper."""
        listener = self._find_process(self.url)
        if listener is not None and listener.pid != launched.process.pid:
            self.found = listener
        self.outside = stranger
        if stranger is not None:
            self._tell("info", outside_words(stranger.pid), "outside")

    async def _await_loaded(self) -> None:
        patience, misses = Patience(self._clock, self._sink), 0
        while True:
            try:
                self.known = await self.probe.facts()
                self.found = self._find_process(self.url)
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
                    self._tell(
                        "info", model_state_words(self.known.model or "its model", state), "model_state"
                    )
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

    def _warn(self, text: str) -> None:
        self._tell("warning", text, "no_facts")

    def _tell(self, level: LogLevel, text: str, code: str) -> None:
        self._sink.emit(Noticed(at_ns=self._clock.monotonic_ns(), level=level, text=text, code=code))


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    current = asyncio.current_task()
    others = [task for task in tasks if task is not current]
    tasks.clear()
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
