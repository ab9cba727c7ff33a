"""The log of a server we launched: what it tells of the start, and why the server ended."""

from __future__ import annotations

from collections import deque

import msgspec

from rocmtui.core.server.diagnosis.explain import diagnose, is_kill, is_vague
from rocmtui.core.server.log.line import read_line
from rocmtui.core.server.log.stages import LoadStages
from rocmtui.core.server.state import Diagnosis
from rocmtui.core.session.events import LogRead
from rocmtui.core.session.ports import Clock, EventSink, ServerLauncher, ServerProcess

TAIL_LINES = 400
"""How much of the log's end is kept to explain an end."""
ECHO_OF_OUR_POLLS = "update_slots: all slots are idle"
"""Written at each look at an idle server's /slots: nothing to read, and it pushes the rest out of sight."""
TAIL_CHARS = 1000


class ServerLog:
    """One server's."""

    def __init__(self, clock: Clock, sink: EventSink, launcher: ServerLauncher) -> None:
        self._clock = clock
        self._sink = sink
        self._launcher = launcher
        self.stages = LoadStages()
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)

    def take(self, raw: tuple[str, ...]) -> bool:
        """Some lines as they were written; whether they told anything of the start."""
        at_ns = self._clock.monotonic_ns()
        lines = [read_line(line) for line in raw]
        told = [self.stages.observe(line, at_ns) for line in lines]
        self._tail.extend(line.text[:TAIL_CHARS] for line in lines)
        shown = tuple(line.shown for line in lines if ECHO_OF_OUR_POLLS not in line.text)
        if shown:
            self._sink.emit(LogRead(at_ns=at_ns, lines=shown))
        return any(told)

    def explain(self, process: ServerProcess, returncode: int, *, during_start: bool) -> Diagnosis:
        """Why the process ended; where that stays vague its last lines are kept on disk."""
        tail = tuple(self._tail)
        memory = process.memory_kill() if is_kill(returncode) else None
        found = diagnose(returncode, tail, during_start=during_start, memory=memory)
        kept = self._launcher.keep_log(process.pid, tail) if is_vague(found) else None
        return (
            found
            if kept is None
            else msgspec.structs.replace(found, remedy=f"{found.remedy}; its log: {kept}")
        )
