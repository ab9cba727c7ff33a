"""The Protocols services speak through, which adapters implement. Types only: a load process imports them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence

    from rocmtui.core.gpu.reading import GpuSample
    from rocmtui.core.host.memory_kill import MemoryKill
    from rocmtui.core.load.far.engine import Engine
    from rocmtui.core.load.said import Hello, Said
    from rocmtui.core.load.scenario import Prompt
    from rocmtui.core.request.arrival import ReadTally
    from rocmtui.core.request.trace import RequestTrace
    from rocmtui.core.server.program import Program
    from rocmtui.core.server.replies import DraftCounts, RequestGauges
    from rocmtui.core.server.state import LaunchPlan, LocalProcess, ServerFacts, SlotReading
    from rocmtui.core.session.commands import LoadCommand
    from rocmtui.core.session.events import Event


class Clock(Protocol):
    """Time, told."""

    def monotonic_ns(self) -> int:
        """Monotonic nanoseconds, one clock for all processes of a machine."""

    def unix_ns(self) -> int:
        """Calendar time."""

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""


class EventSink(Protocol):
    """Where events go: the run folder, the view, both."""

    def emit(self, event: Event) -> None:
        """Take one event; never blocks, never raises for a bad event."""


class RequestSender(Protocol):
    """Sends one prompt and times the reply (adapters/llama_client.py)."""

    async def send(self, prompt: Prompt, trace: RequestTrace, not_before_ns: int | None = None) -> None:
        """Send and read to the end, filling in the trace. Errors stay in it; only cancellation is raised.

        The connection is opened at once, the request written at `not_before_ns` (monotonic) if given.
        """

    @property
    def open_by_server(self) -> tuple[int, ...]:
        """Requests open at each server of a fleet; none where there is one server."""
        ...

    def reads(self) -> ReadTally:
        """What the reads so far were stamped by, and how late they came; the traces know all of them."""


class RateCap(Protocol):
    """A cap over any load shape (adapters/rate_cap.py)."""

    async def acquire(self) -> None:
        """Wait until one more request may be sent."""


class ServerProcess(Protocol):
    """A started child process."""

    @property
    def pid(self) -> int: ...

    @property
    def command(self) -> tuple[str, ...]: ...

    def lines(self) -> AsyncIterator[tuple[str, ...]]:
        """Log lines of stdout and stderr, as many as came at once, until both are closed."""

    def terminate(self) -> None:
        """SIGTERM to the process group."""

    def kill_group(self) -> None:
        """SIGKILL to its whole process group."""

    async def wait(self) -> int:
        """Its return code (negative: a signal)."""

    def memory_kill(self) -> MemoryKill | None:
        """Of one that was killed, whether the kernel did it for memory; None: cannot be told."""
        ...

    def is_stopped(self) -> bool:
        """Whether it is suspended (SIGSTOP)."""

    def owns(self, pid: int) -> bool:
        """Whether a process is this one or was started by it."""


class LaunchedServer(Protocol):
    """A started server and how it was started."""

    @property
    def process(self) -> ServerProcess: ...

    @property
    def url(self) -> str: ...

    @property
    def binary_source(self) -> str: ...

    @property
    def environment(self) -> tuple[str, ...]:
        """`NAME=value` of variables that choose the GPU."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was chosen or left out, in sentences."""

    @property
    def doubts(self) -> tuple[str, ...]:
        """What speaks against its start going well: warnings."""

    @property
    def api_key(self) -> str | None: ...

    @property
    def build(self) -> str | None:
        """What its --version says."""

    @property
    def compiler(self) -> str | None:
        """What its --version says it was built with."""

    @property
    def gpu_expected(self) -> bool:
        """Whether the model is meant to run on a GPU."""


class ServerLauncher(Protocol):
    """Starts llama-server for a plan (binary, flags, environment, port)."""

    async def launch(self, plan: LaunchPlan) -> LaunchedServer:
        """Raises UsageError or ServerStartError where it cannot even begin."""

    def release(self, server: LaunchedServer, model: str | None) -> str:
        """Let it live on without us and note it for the next start; where its log goes from now on."""

    def find_process(self, url: str) -> LocalProcess | None:
        """Who listens there, if it is a process of this machine that we may look at."""

    def end_process(self, pid: int, *, kill: bool = False) -> bool:
        """Ask a process that was not started here to end, or kill it; False where we may not."""

    async def program(self, pid: int) -> Program | None:
        """What a process is made of; the first time that takes as long as reading its files."""

    def keep_log(self, pid: int, lines: Sequence[str]) -> str | None:
        """Write down the last lines of a server that ended; the file, or None where that fails."""


class ServerProbe(Protocol):
    """Asks a server over HTTP; short timeouts, own connections."""

    async def health(self) -> str:
        """`ok`, `loading`, `refused`, `timeout` or `error`."""

    @property
    def switched_off(self) -> Collection[str]:
        """Paths the server said it does not offer."""

    async def facts(self, wanted: str | None = None) -> ServerFacts:
        """What /props and /v1/models say of the model that is asked for, now or before.

        Raises StillLoading, UsageError for a model that is not there, ServerError or NotAnLlmServer.
        """

    async def model_state(self) -> str | None:
        """`loaded`, `unloaded`, `loading`, `sleeping` ... of the model asked for, where a router tells."""

    async def wake(self, timeout_s: float) -> None:
        """Have the model loaded where that is done on demand. Raises StillLoading until then, ServerError."""

    async def slots(self) -> tuple[SlotReading, ...] | None:
        """None where the server has no /slots or does not answer. Wakes a sleeping server."""

    async def requests(self) -> RequestGauges | None:
        """Requests under way and queued; None without /metrics. Resets the server's throughput gauges."""

    async def drafts(self) -> DraftCounts | None:
        """What the server counted of its drafts; None without /metrics. Resets its throughput gauges."""

    async def asleep(self) -> bool:
        """Whether the model is unloaded until the next request; does not wake it."""

    async def tokenize(self, text: str, *, add_special: bool = False) -> list[int] | None: ...
    async def apply_template(self, messages: Sequence[Mapping[str, Any]]) -> str | None: ...
    async def close(self) -> None: ...


class LoadProcess(Protocol):
    """A load process: commands in, events out."""

    @property
    def hello(self) -> Hello:
        """What it said of itself when it came up."""

    @property
    def is_far(self) -> bool:
        """Whether its clock may be another than ours, and its machine may be lost."""

    async def send(self, command: LoadCommand) -> None: ...

    def events(self) -> AsyncIterator[Said]:
        """Until the process ends; a process that dies yields a LoadFailed last."""

    def give_up(self, why: str) -> None:
        """Cut it off: its events end with a LoadFailed that says why."""

    async def close(self) -> None:
        """End it: politely, then by force; returns within 2 s."""


class LoadSpawner(Protocol):
    """Starts load processes."""

    async def spawn(self, number: int, engine: Engine | None, api_key: str | None) -> LoadProcess:
        """Start the process of that number where the engine says, and return when it can take a load.

        Raises LoadProcessError, and UsageError for an engine that cannot be used here.
        """


class GpuSource(Protocol):
    """Samples of all GPUs."""

    def samples(self) -> AsyncIterator[GpuSample]: ...

    def watch_server(self, pid: int | None) -> None:
        """Whose memory to attribute to the server."""

    async def close(self) -> None: ...
