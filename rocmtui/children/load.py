"""A load process: one StartLoad on stdin, then commands; events on stdout, one JSON line each.

    python -m rocmtui.children.load

It ends with its load, when stdin closes, and with its parent. The API key, if any, is in ROCMTUI_LOAD_KEY.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import resource
import signal
import sys
import time
from typing import cast

import msgspec
import uvloop

from rocmtui.adapters.load.process import KEY_VARIABLE, READY_LINE
from rocmtui.adapters.load.rate_cap import ThrottledRate
from rocmtui.adapters.machine.clock import SystemClock
from rocmtui.adapters.wire.llama_client import LlamaClient
from rocmtui.core.load.share import share_of
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.session.events import Event, LoadFailed, StartLoad, decode_command, encode
from rocmtui.services.load.runner import LoadRunner

MOST_FILES = 65_536
MAX_COMMAND_BYTES = 1 << 30
"""StartLoad carries every prompt of the run."""
PR_SET_PDEATHSIG = 1


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

    def emit(self, event: Event) -> None:
        """Write one line."""
        if self._slow and isinstance(event, LiveSnapshot) and event.phase != "done":
            return
        self.write(encode(event) + b"\n")

    def write(self, line: bytes) -> None:
        """Write a line."""
        assert self._transport is not None
        self._transport.write(line)

    async def close(self) -> None:
        """Return when everything is written or nobody reads any more."""
        assert self._transport is not None
        self._transport.close()
        await self.lost.wait()


async def serve(events_fd: int) -> None:
    """Take the load from stdin, run it, report on `events_fd`."""
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader(limit=MAX_COMMAND_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    _, pipe = await loop.connect_write_pipe(EventPipe, os.fdopen(events_fd, "wb"))
    pipe.write(READY_LINE)
    line = await commands.readline()
    if not line:
        return
    start = decode_command(line)
    if not isinstance(start, StartLoad):
        raise msgspec.ValidationError("the first command must be `start`")
    await run_load(start, commands, pipe)
    await pipe.close()


async def run_load(start: StartLoad, commands: asyncio.StreamReader, pipe: EventPipe) -> None:
    """Run the load while obeying commands; a closed stdin ends it at once."""
    max_rate = share_of(start.scenario, start.process).max_rate
    cap = None if max_rate is None else ThrottledRate(max_rate)
    api_key = os.environ.pop(KEY_VARIABLE, None)
    async with LlamaClient(start.target, start.scenario, api_key=api_key) as client:
        runner = LoadRunner(start, client, SystemClock(), pipe.emit, time.process_time, cap)
        gc.collect()
        gc.freeze()
        load = asyncio.create_task(runner.run())
        listener = asyncio.create_task(_obey(runner, commands, load))
        try:
            pipe.emit(await load)
        except asyncio.CancelledError:
            pass
        finally:
            listener.cancel()


async def _obey(runner: LoadRunner, commands: asyncio.StreamReader, load: asyncio.Task[object]) -> None:
    while line := await commands.readline():
        runner.obey(decode_command(line))
    load.cancel()


def raise_open_files() -> None:
    """Each request takes a file: as many as this process is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main() -> int:
    """Run as a process; returns its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who says stop
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    raise_open_files()
    events_fd = os.dup(1)
    os.dup2(2, 1)  # whatever prints by accident must not land between the events
    try:
        uvloop.run(serve(events_fd))
    except msgspec.DecodeError as error:
        failed = LoadFailed(at_ns=time.monotonic_ns(), process=0, message=f"bad command: {error}")
        os.write(2, encode(failed) + b"\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
