"""Finds llama-server and asks it what it is; every question has a time limit."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib.util
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from rocmtui.adapters.server.process import start_process
from rocmtui.core.gpu.choice.mask import mask_gpus
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.build import ServerBuild, read_build
from rocmtui.core.server.diagnosis.explain import diagnose, exit_status, signal_of
from rocmtui.errors import ServerStartError

VARIABLE = "ROCM_LLAMA_SERVER_PATH"
EMBEDDED = "embedded"
"""The server of the demo extra, named where a path could stand and told as where it came from."""
QUESTION_S = 15.0
"""A first touch of a sleeping GPU takes seconds."""


class ServerBinary(msgspec.Struct, frozen=True):
    """The llama-server to run."""

    words: tuple[str, ...]
    """What stands before its arguments."""
    source: str
    """`--server-bin`, `ROCM_LLAMA_SERVER_PATH`, `PATH` or `embedded`."""

    @property
    def path(self) -> str:
        """The file that runs."""
        return self.words[0]


def find_binary(server_bin: str | None, environ: Mapping[str, str]) -> ServerBinary:
    """By its name, ROCM_LLAMA_SERVER_PATH, PATH, else the embedded one. Raises ServerStartError."""
    for source, name in (("--server-bin", server_bin), (VARIABLE, environ.get(VARIABLE))):
        if name == EMBEDDED:
            return _embedded("the embedded llama-server is not installed")
        if name:
            return ServerBinary((_checked(name, source, environ),), source)
    if found := shutil.which("llama-server", path=environ.get("PATH")):
        return ServerBinary((found,), "PATH")
    return _embedded(
        f"no llama-server was found: not by --server-bin, {VARIABLE} or PATH, and the embedded one is "
        f"not installed"
    )


def _embedded(otherwise: str) -> ServerBinary:
    if importlib.util.find_spec("xllamacpp"):
        return ServerBinary((sys.executable, "-m", "rocmtui.embedded.llama.server"), EMBEDDED)
    raise ServerStartError(otherwise, "name one with --server-bin, or install rocmtui with its demo extra")


def _checked(name: str, source: str, environ: Mapping[str, str]) -> str:
    path = Path(name).expanduser()
    called = f"{name} (from {VARIABLE})" if source == VARIABLE else name
    if os.sep not in name and (found := shutil.which(name, path=environ.get("PATH"))):
        return found
    try:
        there = path.exists()
    except OSError as error:
        raise ServerStartError(
            f"{called} cannot be reached: {error.strerror}", "name a path you may read"
        ) from None
    if not there:
        raise ServerStartError(f"there is no llama-server {called}", "correct the path")
    if path.is_dir():
        if os.access(inside := path / "llama-server", os.X_OK):
            return str(inside)
        raise ServerStartError(f"{called} is a folder without llama-server", "name the program itself")
    if not os.access(path, os.X_OK):
        raise ServerStartError(f"{called} is not executable", f"chmod +x {name}")
    return str(path.absolute())


def cannot_run(binary: ServerBinary, error: OSError) -> ServerStartError:
    """The words for a program the system refuses to start."""
    reasons = {
        "ENOEXEC": ("it is no program for this machine", "name the llama-server program itself"),
        "ENOENT": ("the interpreter or loader it names does not exist", "use a build made for this system"),
        "EACCES": ("it is not executable", f"chmod +x {binary.path}"),
    }
    name = errno.errorcode.get(error.errno or 0, "")
    said = error.strerror or name or str(error) or "the system does not say why"
    why, remedy = reasons.get(name, (said, "see whether it starts by hand"))
    return ServerStartError(f"{binary.path} ({binary.source}) cannot be run: {why}", remedy)


async def inspect_binary(
    binary: ServerBinary,
    environment: Mapping[str, str],
    *,
    list_devices: bool,
    gpus: tuple[GpuReading, ...] = (),
    wish: str = "auto",
) -> ServerBuild:
    """What it says of itself (--help, --version, --list-devices). Raises ServerStartError if it cannot run.

    It is asked as it would be started for `--gpu WISH`: an integrated GPU that it sees may end it at any of
    these. A question that it does not survive stays open. Raises UsageError for a GPU that is not there.
    """
    environment = {**environment, **question_mask(gpus, wish, environment)}
    died: list[str] = []
    help_text = await _ask(binary, "--help", environment, died)
    version_text = await _ask(binary, "--version", environment, died) if help_text is not None else None
    build = read_build(help_text or "", version_text or "")
    if list_devices and build.has("--list-devices"):
        devices_text = await _ask(binary, "--list-devices", environment, died)
        build = read_build(help_text or "", version_text or "", devices_text)
    return msgspec.structs.replace(build, died_of=tuple(died))


def question_mask(gpus: tuple[GpuReading, ...], wish: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that hide the GPUs a server would not use, before anything is known of its build."""
    return mask_gpus(wish, gpus, ServerBuild(), environment).environment


async def _ask(
    binary: ServerBinary, question: str, environment: Mapping[str, str], died: list[str]
) -> str | None:
    """What it printed; None where it did not answer in time, or ended of a signal (noted in `died`)."""
    command = (*binary.words, question)
    try:
        returncode, output = await run_briefly(command, environment, QUESTION_S)
    except TimeoutError:
        return None
    except OSError as error:
        raise cannot_run(binary, error) from error
    if signal_of(returncode) not in (None, signal.SIGILL):
        died.append(f"{question} ({exit_status(returncode)})")
        return None
    if returncode in (126, 127) or returncode < 0:
        found = diagnose(returncode, output.splitlines(), during_start=True)
        raise ServerStartError(
            f"{binary.path} ({binary.source}) cannot run here: {found.cause}", found.remedy, found.proof
        )
    return output


async def run_briefly(
    command: Sequence[str], environment: Mapping[str, str], timeout_s: float
) -> tuple[int, str]:
    """Run a command; its exit status and output. Raises TimeoutError (it is killed then) and OSError.

    It has a keeper, as a server has: however this program ends, nothing of it is left.
    """
    process = await start_process(command, environment)
    try:
        async with asyncio.timeout(timeout_s), contextlib.aclosing(process.lines()) as batches:
            lines = [line async for batch in batches for line in batch]
            return await process.wait(), "\n".join(lines)
    finally:
        if process.returncode() is None:
            process.kill_group()
            await process.wait()
