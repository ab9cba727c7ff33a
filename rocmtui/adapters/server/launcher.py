"""Starts llama-server for a plan: binary, spelling, GPU, port, environment, process."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from rocmtui.adapters.host.own import fitting_threads
from rocmtui.adapters.machine.api_key import read_api_key
from rocmtui.adapters.models.gguf_file import gguf_header
from rocmtui.adapters.server.binary import (
    EMBEDDED,
    ServerBinary,
    cannot_run,
    find_binary,
    inspect_binary,
    question_mask,
)
from rocmtui.adapters.server.finder import keep_ended_log, note_kept
from rocmtui.adapters.server.listen_port import free_port
from rocmtui.adapters.server.local_process import LocalProcess, listening_process
from rocmtui.adapters.server.process import KeptProcess, start_process
from rocmtui.adapters.server.program import read_program
from rocmtui.core.gguf.header import GgufError
from rocmtui.core.gpu.choice.mask import GpuMask, mask_gpus
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.build import ServerBuild
from rocmtui.core.server.command import Arguments, default_ctx, server_arguments
from rocmtui.core.server.program import Program
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.server.url import is_this_machine, reachable
from rocmtui.core.session.launch import BinaryFound, CommandPreview
from rocmtui.core.session.ports import LaunchedServer
from rocmtui.errors import ServerStartError, UsageError

STRIPPED_PREFIX = "LLAMA_ARG_"
STRIPPED = ("LLAMA_API_KEY", "LLAMA_SERVER_ROUTER_PORT", "AIP_MODE")
"""Variables of the user's shell that would change our server behind our back."""


class Launched(msgspec.Struct, frozen=True, kw_only=True):
    """Implements `core.ports.LaunchedServer`."""

    process: KeptProcess
    url: str
    binary_source: str
    environment: tuple[str, ...]
    notes: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    api_key: str | None
    build: str | None
    compiler: str | None = None
    gpu_expected: bool
    api_key_env: str | None = None


class LlamaLauncher:
    """Implements `core.ports.ServerLauncher`. `gpus` are the cards to choose from.

    `doubts` says what speaks against a start of a plan by a build; it blocks, and runs in a thread.
    """

    def __init__(
        self,
        gpus: tuple[GpuReading, ...] = (),
        environ: Mapping[str, str] | None = None,
        threads: Callable[[], int | None] = fitting_threads,
        doubts: Callable[[LaunchPlan, ServerBuild], tuple[str, ...]] = lambda _plan, _build: (),
    ) -> None:
        self._gpus = gpus
        self._threads = threads
        self._doubts = doubts
        self._environ = dict(os.environ if environ is None else environ)
        self._environment, self._stripped = clean_environment(self._environ)
        self._builds: dict[tuple[object, ...], ServerBuild] = {}

    async def launch(self, plan: LaunchPlan) -> Launched:
        """Start it; it is not ready yet. Raises UsageError or ServerStartError where it cannot even begin."""
        binary = find_binary(plan.server_bin, self._environ)
        key = read_api_key(plan.api_key_env, self._environ)
        build = await self._build(binary, plan.gpu)
        mask, arguments = self._arguments(plan, build, free_port(plan.host, plan.port))
        environment = self._environment | mask.environment
        doubts = () if mask.by_user else await asyncio.to_thread(self._doubts, plan, build)
        if key:
            environment["LLAMA_API_KEY"] = key
        try:
            process = await start_process((*binary.words, *arguments.words), environment)
        except OSError as error:
            raise cannot_run(binary, error) from error
        port = int(arguments.words[arguments.words.index("--port") + 1])
        return Launched(
            process=process,
            url=f"http://{reachable(plan.host)}:{port}",
            binary_source=binary.source,
            environment=mask.shown,
            notes=(
                *_about_binary(binary, build),
                *mask.notes,
                *arguments.notes,
                *_beyond_training(plan),
                *self._about(plan),
            ),
            doubts=doubts,
            api_key=key,
            build=build.version,
            compiler=build.compiler,
            gpu_expected=mask.expected,
            api_key_env=plan.api_key_env,
        )

    def release(self, server: LaunchedServer, model: str | None) -> str:
        """Let it live on without us and note it for the next start; where its log goes from now on."""
        if not isinstance(server, Launched):
            raise UsageError("only a server that was started here can be left running")
        try:
            log_file = note_kept(server.process.pid, server.url, model, server.api_key_env)
        except OSError:
            log_file = os.devnull  # no room for the note: it lives on all the same, as was asked
        server.process.release(log_file)
        return log_file

    def find_process(self, url: str) -> LocalProcess | None:
        """Who listens there, if it is a process of this machine that we may look at."""
        return listening_process(url)

    def end_process(self, pid: int, *, kill: bool = False) -> bool:
        """Ask a process that was not started here to end, or kill it; False where we may not."""
        try:
            os.kill(pid, signal.SIGKILL if kill else signal.SIGTERM)
        except OSError:
            return False
        return True

    async def program(self, pid: int) -> Program | None:
        """What a process is made of; None where it cannot be seen."""
        return await asyncio.to_thread(read_program, pid)

    def keep_log(self, pid: int, lines: Sequence[str]) -> str | None:
        """Write down the last lines of a server that ended; the file, or None where that fails."""
        return keep_ended_log(pid, lines)

    async def binary(self, server_bin: str | None = None, not_asked: str | None = None) -> BinaryFound:
        """The llama-server that would run, or what is wrong with it; `not_asked`: why it is left in peace."""
        try:
            found = find_binary(server_bin, self._environ)
            if not_asked and found.source != EMBEDDED:
                return BinaryFound(path=" ".join(found.words), source=found.source, note=not_asked)
            build = await self._build(found, "auto")
        except ServerStartError as error:
            return BinaryFound(path=None, problem=f"{error.message}; {error.remedy}")
        return BinaryFound(
            path=" ".join(found.words), source=found.source, build=build.version, backend=build.backend
        )

    def known_build(self, server_bin: str | None = None) -> ServerBuild:
        """The build of the llama-server that would run, as far as it was asked by now."""
        try:
            binary = find_binary(server_bin, self._environ)
            return self._builds.get(self._identity(binary, "auto"), ServerBuild())
        except ServerStartError:
            return ServerBuild()

    def preview(self, plan: LaunchPlan) -> CommandPreview:
        """What would be run, by what is known so far; the port is a placeholder. Raises UsageError."""
        binary = find_binary(plan.server_bin, self._environ)
        build = self._builds.get(self._identity(binary, plan.gpu), ServerBuild())
        mask, arguments = self._arguments(plan, build, plan.port or 0)
        return CommandPreview(
            words=(*binary.words, *arguments.words),
            environment=mask.shown,
            notes=(*_about_binary(binary), *mask.notes, *arguments.notes, *self._about(plan)),
            doubt=mask.doubt,
        )

    def _arguments(self, plan: LaunchPlan, build: ServerBuild, port: int) -> tuple[GpuMask, Arguments]:
        mask = mask_gpus(plan.gpu, self._gpus, build, self._environment, plan.extra_args)
        arguments = server_arguments(
            plan,
            build,
            port=port,
            ctx_per_slot=plan.ctx_per_slot or default_ctx(_trained_context(plan.model)),
            gpu_arguments=mask.arguments,
            gpu_expected=mask.expected,
            threads=self._threads(),
        )
        return mask, arguments

    async def _build(self, binary: ServerBinary, wish: str) -> ServerBuild:
        identity = self._identity(binary, wish)
        if identity not in self._builds:
            self._builds[identity] = await inspect_binary(
                binary, self._environment, list_devices=bool(self._gpus), gpus=self._gpus, wish=wish
            )
        return self._builds[identity]

    def _identity(self, binary: ServerBinary, wish: str) -> tuple[object, ...]:
        """The program as it lies there, and what of the machine it is shown."""
        stat = Path(binary.path).stat()
        mask = question_mask(self._gpus, wish, self._environment)
        return (*binary.words, stat.st_mtime_ns, stat.st_size, *mask.items())

    def _about(self, plan: LaunchPlan) -> Iterator[str]:
        if self._stripped:
            yield f"not passed on from your shell: {', '.join(self._stripped)}"
        if plan.api_key_env is None and not is_this_machine(plan.host):
            yield f"the server listens at {plan.host} without an API key: whoever reaches it can use it"


def clean_environment(environ: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The child's environment, and the names that were left out of it."""
    stripped = tuple(sorted(n for n in environ if n.startswith(STRIPPED_PREFIX) or n in STRIPPED))
    kept = {name: value for name, value in environ.items() if name not in stripped}
    return kept | {"GGML_NO_BACKTRACE": "1"}, stripped


def _trained_context(model: str) -> int | None:
    try:
        info = gguf_header(Path(model))
    except GgufError:
        return None  # llama-server will say what is wrong with the file
    return info.number("context_length") or None


def _beyond_training(plan: LaunchPlan) -> Iterator[str]:
    """What becomes of context that the model cannot use; rope scaling (`--rope-...`) makes it usable."""
    if plan.ctx_per_slot is None or any(word.startswith("--rope") for word in plan.extra_args):
        return
    trained = _trained_context(plan.model)
    if trained and plan.ctx_per_slot > trained:
        useful = f"-c {trained * plan.parallel} is enough"
        yield f"the model knows {trained} tokens of context a slot, more only takes memory: {useful}"


def _about_binary(binary: ServerBinary, build: ServerBuild | None = None) -> Iterator[str]:
    if binary.source == EMBEDDED:
        yield "no llama-server on PATH: the embedded one serves"
    elif build is not None and not build.options:
        yield f"{binary.path} did not answer --help: it is started with the plainest options"
    if build is not None and build.died_of:
        died = ", ".join(build.died_of)
        yield f"{binary.path} did not survive being asked {died}: what it sees is not known"
