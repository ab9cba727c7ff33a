"""A server that exists only in a test: its process, its launcher and its probe, all moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from rocmtui.core.host.memory_kill import MemoryKill
from rocmtui.core.server.program import Program
from rocmtui.core.server.replies import DraftCounts, RequestGauges
from rocmtui.core.server.state import LaunchPlan, ServerFacts, SlotReading
from rocmtui.core.session.events import Event, Noticed, ServerChanged
from rocmtui.core.session.ports import LaunchedServer
from rocmtui.errors import RocmtuiError, ServerError, StillLoading

E = TypeVar("E", bound=Event)

FACTS = ServerFacts(model="m.gguf", parallel=4, n_ctx=2048)


class ScriptedProcess:
    """Implements core.ports.ServerProcess. `ends_on` says which signal it obeys."""

    def __init__(self, pid: int, ends_on: Sequence[str], further: Sequence[str] = ()) -> None:
        self.pid = pid
        self.command = ("llama-server", "-m", "m.gguf", *further)
        self.signals: list[str] = []
        self.suspended = False
        self.before_signal: Callable[[], None] | None = None
        self._ends_on = tuple(ends_on)
        self.killed_for: MemoryKill | None = None
        self._log: asyncio.Queue[tuple[str, ...] | None] = asyncio.Queue()
        self._exit: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def lines(self) -> AsyncIterator[tuple[str, ...]]:
        while (lines := await self._log.get()) is not None:
            yield lines

    def say(self, *lines: str) -> None:
        """Write to the log."""
        self._log.put_nowait(lines)

    def end(self, returncode: int) -> None:
        """Be gone."""
        if not self._exit.done():
            self._log.put_nowait(None)
            self._exit.set_result(returncode)

    def terminate(self) -> None:
        self._signal("term", -15)

    def kill_group(self) -> None:
        self._signal("kill", -9)

    def _signal(self, name: str, returncode: int) -> None:
        if self.before_signal is not None:
            self.before_signal()
        self.signals.append(name)
        if tuple(self.signals) == self._ends_on:
            self.end(returncode)

    async def wait(self) -> int:
        return await asyncio.shield(self._exit)

    def memory_kill(self) -> MemoryKill | None:
        return self.killed_for

    def is_stopped(self) -> bool:
        return self.suspended

    def owns(self, pid: int) -> bool:
        return pid == self.pid


@dataclass
class ScriptedLaunch:
    """Implements core.ports.LaunchedServer."""

    process: ScriptedProcess
    url: str
    binary_source: str = "PATH"
    environment: tuple[str, ...] = ()
    notes: tuple[str, ...] = ("4 slots x 2048 tokens of context: -c 8192",)
    doubts: tuple[str, ...] = ()
    api_key: str | None = None
    build: str | None = "b1234"
    compiler: str | None = None
    gpu_expected: bool = False


@dataclass
class FoundProcess:
    """Implements core.ports.LocalProcess."""

    pid: int
    command: tuple[str, ...] = ()


@dataclass
class ScriptedLauncher:
    """Implements core.ports.ServerLauncher; keeps all it launched."""

    ends_on: tuple[str, ...] = ("term",)
    error: RocmtuiError | None = None
    held: asyncio.Event | None = None
    """While not set, a launch does not get to its process."""
    gpu_expected: bool = False
    doubts: tuple[str, ...] = ()
    found: FoundProcess | None = None
    launched: list[ScriptedLaunch] = field(default_factory=list)
    plans: list[LaunchPlan] = field(default_factory=list)
    released: list[LaunchedServer] = field(default_factory=list)
    ended: list[tuple[int, bool]] = field(default_factory=list)
    """Processes that were asked to end, and whether by force."""
    log_file: str | None = None

    @property
    def process(self) -> ScriptedProcess:
        """The newest process."""
        return self.launched[-1].process

    async def launch(self, plan: LaunchPlan) -> ScriptedLaunch:
        self.plans.append(plan)
        if self.held is not None:
            await self.held.wait()
        if self.error is not None:
            raise self.error
        number = len(self.launched) + 1
        process = ScriptedProcess(100 + number, self.ends_on, plan.extra_args)
        self.launched.append(
            ScriptedLaunch(
                process,
                f"http://127.0.0.1:{9000 + number}",
                doubts=self.doubts,
                gpu_expected=self.gpu_expected,
            )
        )
        return self.launched[-1]

    def release(self, server: LaunchedServer, model: str | None) -> str:
        self.released.append(server)
        return "/state/101.log"

    def find_process(self, url: str) -> FoundProcess | None:
        return self.found

    def end_process(self, pid: int, *, kill: bool = False) -> bool:
        self.ended.append((pid, kill))
        return True

    async def program(self, pid: int) -> Program | None:
        return None

    def keep_log(self, pid: int, lines: Sequence[str]) -> str | None:
        return self.log_file


class ScriptedProbe:
    """Implements core.ports.ServerProbe; `replies` is what /health says from now on."""

    def __init__(self) -> None:
        self.reply = "refused"
        self.known = FACTS
        self.readings: tuple[SlotReading, ...] | None = ()
        self.gauges: RequestGauges | None = RequestGauges(0, 0)
        self.sleeping = False
        self.state: str | None = None
        self.switched_off: set[str] = set()
        self.closed = 0
        self.asked: list[str] = []

    async def health(self) -> str:
        self.asked.append("health")
        return self.reply

    async def facts(self, wanted: str | None = None) -> ServerFacts:
        if self.reply == "loading":
            raise StillLoading("it is still loading its model")
        if self.reply != "ok":
            raise ServerError("nothing answers")
        return self.known

    async def model_state(self) -> str | None:
        return self.state

    async def wake(self, timeout_s: float) -> None:
        self.asked.append("wake")
        if self.reply == "loading":
            raise StillLoading("it is loading")

    async def slots(self) -> tuple[SlotReading, ...] | None:
        self.asked.append("slots")
        return self.readings

    async def requests(self) -> RequestGauges | None:
        self.asked.append("metrics")
        return self.gauges

    async def drafts(self) -> DraftCounts | None:
        return None

    async def asleep(self) -> bool:
        return self.sleeping

    async def tokenize(self, text: str, *, add_special: bool = False) -> list[int] | None:
        return None

    async def apply_template(self, messages: Sequence[Mapping[str, str]]) -> str | None:
        return None

    async def close(self) -> None:
        self.closed += 1


@dataclass
class EventList:
    """Implements core.ports.EventSink."""

    events: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def states(self) -> list[str]:
        """The states the server went through."""
        states: list[str] = []
        for event in self.of(ServerChanged):
            if states[-1:] != [event.status.state]:
                states.append(event.status.state)
        return states

    @property
    def notices(self) -> list[str]:
        """Codes of what the user was told."""
        return [event.code for event in self.of(Noticed)]
