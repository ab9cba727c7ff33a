"""Load processes as children: JSON lines on their stdin and stdout."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import deque
from collections.abc import AsyncIterator

import msgspec

from rocmtui.core.load.scenario import Target
from rocmtui.core.session.events import (
    Event,
    LoadCommand,
    LoadFailed,
    LoadFinished,
    StartLoad,
    decode_event,
    encode,
)
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import LoadProcessError

KEY_VARIABLE = "ROCMTUI_LOAD_KEY"
"""Where the child finds the API key."""
READY_LINE = b"ready\n"
"""The child's first words: it has loaded its modules and waits for StartLoad."""
START_TIMEOUT_S = 60.0
MAX_EVENT_BYTES = 64 * 1024 * 1024
CLOSE_GRACE_S = 1.0
KEPT_STDERR_LINES = 20


class ChildLoadProcess:
    """A running load process; implements `core.ports.LoadProcess`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._number = 0
        self._closing = False
        self._complaints: deque[str] = deque(maxlen=KEPT_STDERR_LINES)
        self._listener = asyncio.create_task(self._listen(process.stderr))

    async def ready(self) -> None:
        """Wait until it can take a load. Raises LoadProcessError when it does not come up."""
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                line = await self._stdout.readline()
        except TimeoutError:
            line = b""
            self._kill()
        except asyncio.CancelledError:
            self._kill()
            raise
        if line != READY_LINE:
            code = await self._process.wait()
            await self._listener
            raise LoadProcessError(f"a load process {_ending(code, self._complaints)}")

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def send(self, command: LoadCommand) -> None:
        """Give it a command; one that is dead already is told nothing, its `events` tell of its end."""
        if isinstance(command, StartLoad):
            self._number = command.process
        try:
            self._stdin.write(encode(command) + b"\n")
            await self._stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            return

    async def events(self) -> AsyncIterator[Event]:
        """Its events until it ends; a LoadFailed last if it ended without a LoadFinished."""
        finished = False
        try:
            while line := await self._stdout.readline():
                event = decode_event(line)
                finished = finished or isinstance(event, LoadFinished | LoadFailed)
                yield event
        except (msgspec.DecodeError, ValueError) as error:
            yield self._failed(f"said something that is no event: {error}")
            self._kill()
            return
        code = await self._process.wait()
        await self._listener
        if not finished and not self._closing:
            yield self._failed(_ending(code, self._complaints))

    async def close(self) -> None:
        """End it: closed stdin first, SIGKILL after CLOSE_GRACE_S."""
        self._closing = True
        self._stdin.close()
        try:
            async with asyncio.timeout(CLOSE_GRACE_S):
                await self._process.wait()
        except TimeoutError:
            self._kill()
            await self._process.wait()
        await self._listener

    def _kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()

    def _failed(self, what: str) -> LoadFailed:
        return LoadFailed(at_ns=time.monotonic_ns(), process=self._number, message=what)

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        while data := await stderr.read(64 * 1024):
            self._complaints.extend(data.decode(errors="replace").splitlines())


class ProcessSpawner:
    """Starts load processes on this machine; implements `core.ports.LoadSpawner`."""

    async def spawn(self, target: Target, api_key: str | None) -> ChildLoadProcess:
        """Start one and wait until it is ready. The key reaches it through its environment only.

        Raises LoadProcessError when it does not come up.
        """
        environment = {name: value for name, value in os.environ.items() if name != KEY_VARIABLE}
        if api_key:
            environment[KEY_VARIABLE] = api_key
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "rocmtui.children.load",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=MAX_EVENT_BYTES,
                start_new_session=True,
                env=environment,
            )
        except OSError as error:
            raise LoadProcessError(f"cannot start a load process: {error}") from error
        child = ChildLoadProcess(process)
        await child.ready()
        return child


def _ending(code: int, complaints: deque[str]) -> str:
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    last = next((line for line in reversed(complaints) if any(map(str.isalpha, line))), "").strip(" |")
    return f"{how}: {clean_line(last, 200)}" if last else how
