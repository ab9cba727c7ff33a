"""One server at work: its log, its end, its readiness, its watch. Reports what happens; decides nothing."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine

import msgspec

from rocmtui.core.server.diagnosis.explain import diagnose, is_kill, is_repeatable
from rocmtui.core.server.found import hide_keys
from rocmtui.core.server.log_line import read_line
from rocmtui.core.server.machine import Answered, Exited, Happening
from rocmtui.core.server.stages import LoadStages
from rocmtui.core.server.state import ServerFacts
from rocmtui.core.session.events import LogRead, Noticed
from rocmtui.core.session.ports import Clock, EventSink, LaunchedServer, LocalProcess, ServerProbe
from rocmtui.errors import ServerError
from rocmtui.services.server.watch import ServerWatch

TAIL_LINES = 400
"""How much of the log's end is kept to explain an end."""
ECHO_OF_OUR_POLLS = "update_slots: all slots are idle"
"""Written at each look at an idle server's /slots: nothing to read, and it pushes the rest out of sight."""
TAIL_CHARS = 1000
READY_POLL_S = 0.1
PATIENCE_S = 5.0
"""How long a healthy server may refuse to say what it serves before the user is told."""
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
        launched: LaunchedServer | None = None,
    ) -> None:
        """`report` gets what happened, or None when only stages or facts changed."""
        self.url = url
        self.launched = launched
        self.found = find_process(url) if launched is None else None
        """The process of a server we did not start, if it can be seen from here."""
        self.probe = probe
        self.stages = LoadStages()
        self.known = ServerFacts()
        self._clock = clock
        self._sink = sink
        self._report = report
        self._find_process = find_process
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
        )

    @property
    def pid(self) -> int | None:
        """Its process id, if it is a process of this machine."""
        if self.launched is not None:
            return self.launched.process.pid
        return self.found.pid if self.found else None

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
        self._report(self, Exited(diagnosis, is_repeatable(diagnosis)))

    def _is_ours(self, launched: LaunchedServer) -> bool:
        """Not when another server took the port meanwhile: ours has yet to notice, and to end."""
        listener = self._find_process(self.url)
        return listener is None or launched.process.owns(listener.pid)

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
        while True:
            if await self.probe.health() == "ok" and self._is_ours(launched):
                if await self.read_facts():
                    self._was_ready = True
                    return self._report(self, Answered())
                refused_s += READY_POLL_S
                if PATIENCE_S <= refused_s < PATIENCE_S + READY_POLL_S:
                    self._warn(f"the server is up but does not say what it serves: {self._refusal}")
            await self._clock.sleep(READY_POLL_S)

    def _warn(self, text: str) -> None:
        at_ns = self._clock.monotonic_ns()
        self._sink.emit(Noticed(at_ns=at_ns, level="warning", text=text, code="no_facts"))


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    current = asyncio.current_task()
    others = [task for task in tasks if task is not current]
    tasks.clear()
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
