"""A load process: one StartLoad on stdin, then commands; events on stdout, one JSON line each.

    python -m rocmtui.children.load

It ends with its load, when stdin closes, with its parent, and, with `--lease S`, when it hears nothing for S
seconds. It needs nothing of who started it: no file, no environment, not its clock.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import platform
import resource
import signal
import sys
import time
from collections.abc import Sequence
from typing import cast

import uvloop

from rocmtui import __version__
from rocmtui.adapters.machine.lean_msgspec import msgspec

# isort: split
from rocmtui.adapters.load.rate_cap import ThrottledRate
from rocmtui.adapters.machine.clock import SystemClock
from rocmtui.adapters.wire.fleet import FleetClient
from rocmtui.adapters.wire.llama_client import LlamaClient
from rocmtui.core.load.said import Hello, LoadFailed, Said, TimeTold, encode_line
from rocmtui.core.load.share import share_of
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.session.commands import AskTime, Begin, LoadCommand, StartLoad, UseKey
from rocmtui.services.load.runner import LoadRunner

MOST_FILES = 65_536
MAX_COMMAND_BYTES = 1 << 30
"""StartLoad carries every prompt of the run."""
LINGER_S = 10.0
"""Who wants the time after the load asks at once."""
PR_SET_PDEATHSIG = 1
_decode_command = msgspec.json.Decoder(LoadCommand).decode


class EventPipe(asyncio.BaseProtocol):
    """Writes events without ever waiting: while the reader is slow, snapshots are left out, records kept."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._slow = False
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def pause_writing(self) -> None:
        self._slow = True

    def resume_writing(self) -> None:
        self._slow = False

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()

    def emit(self, event: Said) -> None:
        """Write one line."""
        if self._slow and isinstance(event, LiveSnapshot) and event.phase != "done":
            return
        assert self._transport is not None
        self._transport.write(encode_line(event) + b"\n")

    async def close(self) -> None:
        """Return when everything is written or nobody reads any more."""
        assert self._transport is not None
        self._transport.close()
        await self.lost.wait()


class Commands:
    """The lines of stdin as commands. What asks for the time is answered on the way."""

    def __init__(self, lines: asyncio.StreamReader, pipe: EventPipe, lease_s: float | None) -> None:
        self._lines = lines
        self._pipe = pipe
        self._lease_s = lease_s
        self.key: str | None = None

    async def next(self) -> LoadCommand | None:
        """The next one; None when stdin is closed or nobody has been heard of for the lease."""
        while True:
            try:
                async with asyncio.timeout(self._lease_s):
                    line = await self._lines.readline()
            except TimeoutError:
                return None
            if not line:
                return None
            command: LoadCommand = _decode_command(line)
            match command:
                case AskTime(asked_ns=asked_ns):
                    self._pipe.emit(TimeTold(at_ns=time.monotonic_ns(), asked_ns=asked_ns))
                case UseKey(key=key):
                    self.key = key
                case _:
                    return command


async def serve(events_fd: int, lease_s: float | None) -> None:
    """Take the load from stdin, run it, report on `events_fd`."""
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=MAX_COMMAND_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    _, pipe = await loop.connect_write_pipe(EventPipe, os.fdopen(events_fd, "wb"))
    commands = Commands(lines, pipe, lease_s)
    pipe.emit(
        Hello(
            at_ns=time.monotonic_ns(),
            version=__version__,
            host=platform.node(),
            cores=len(os.sched_getaffinity(0)),
            pid=os.getpid(),
        )
    )
    start = await commands.next()
    if start is None:
        return
    if not isinstance(start, StartLoad):
        raise msgspec.ValidationError("the first command must be `start`")
    told: list[LoadCommand] = []
    while start.waits and start.start_ns is None:
        command = await commands.next()
        if command is None:
            return
        if isinstance(command, Begin):
            start = msgspec.structs.replace(start, start_ns=command.start_ns)
        else:
            told.append(command)
    await run_load(start, told, commands, pipe)
    await pipe.close()


async def run_load(
    start: StartLoad, told: Sequence[LoadCommand], commands: Commands, pipe: EventPipe
) -> None:
    """Run the load while obeying commands, those `told` before first; a closed stdin ends it at once."""
    max_rate = share_of(start.scenario, start.process).max_rate
    cap = None if max_rate is None else ThrottledRate(max_rate)
    async with _client(start, commands.key) as client:
        runner = LoadRunner(start, client, SystemClock(), pipe.emit, time.process_time, cap)
        for command in told:
            runner.obey(command)
        gc.collect()
        gc.freeze()
        load = asyncio.create_task(runner.run())
        listener = asyncio.create_task(_obey(runner, commands, load))
        try:
            pipe.emit(await load)
            if start.lingers:
                await asyncio.wait({listener}, timeout=LINGER_S)
        except asyncio.CancelledError:
            pass
        finally:
            listener.cancel()


def _client(start: StartLoad, key: str | None) -> LlamaClient | FleetClient:
    if not start.target.others:
        return LlamaClient(start.target, start.scenario, api_key=key)
    targets = (start.target, *start.target.others)
    return FleetClient(targets, start.scenario, api_key=key, first=start.process)


async def _obey(runner: LoadRunner, commands: Commands, load: asyncio.Task[object]) -> None:
    while (command := await commands.next()) is not None:
        runner.obey(command)
    load.cancel()


def raise_open_files() -> None:
    """Each request takes a file: as many as this process is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _lease_s(words: Sequence[str]) -> float | None:
    match words:
        case []:
            return None
        case ["--lease", seconds]:
            return float(seconds)
    raise SystemExit("usage: python -m rocmtui.children.load [--lease S]")


def main() -> int:
    """Run as a process; returns its exit code."""
    lease_s = _lease_s(sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who says stop
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    raise_open_files()
    events_fd = os.dup(1)
    os.dup2(2, 1)  # whatever prints by accident must not land between the events
    try:
        uvloop.run(serve(events_fd, lease_s))
    except msgspec.DecodeError as error:
        failed = LoadFailed(at_ns=time.monotonic_ns(), process=0, message=f"bad command: {error}")
        os.write(2, encode_line(failed) + b"\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
