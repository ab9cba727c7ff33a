"""What carries the lines of a load process, and the usual one: the pipes of a child of ours."""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import LoadProcessError

MAX_LINE_BYTES = 64 * 1024 * 1024
KEPT_STDERR_LINES = 20


class Carrier(Protocol):
    """Lines to and from a load process, wherever it runs. Nothing here raises for one that is dead."""

    async def readline(self) -> bytes:
        """Its next line; empty when there will be none. Raises ValueError for one that is far too long."""

    async def write(self, data: bytes) -> None:
        """Give it lines."""

    def close_input(self) -> None:
        """There will be no more lines; it ends by itself then."""

    def kill(self) -> None:
        """End it by force, or what carries its lines where it is out of reach."""

    async def ending(self) -> str:
        """Wait until it has ended; how, in words."""


class PipeCarrier:
    """The pipes of a child process; implements Carrier."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._complaints: deque[str] = deque(maxlen=KEPT_STDERR_LINES)
        self._listener = asyncio.create_task(self._listen(process.stderr))

    @classmethod
    async def start(cls, command: Sequence[str]) -> PipeCarrier:
        """Start a command in a session of its own, so that Ctrl-C is ours and no terminal can be asked.

        Raises LoadProcessError.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=MAX_LINE_BYTES,
                start_new_session=True,
            )
        except OSError as error:
            raise LoadProcessError(f"cannot start a load process: {error}") from error
        return cls(process)

    async def readline(self) -> bytes:
        """Its next line; empty at the end."""
        return await self._stdout.readline()

    async def write(self, data: bytes) -> None:
        """Give it lines."""
        try:
            self._stdin.write(data)
            await self._stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            return

    def close_input(self) -> None:
        """Close its stdin."""
        self._stdin.close()

    def kill(self) -> None:
        """SIGKILL, unless it has ended."""
        if self._process.returncode is None:
            self._process.kill()

    async def ending(self) -> str:
        """Its exit code or signal, and the last thing it said on stderr."""
        code = await self._process.wait()
        await self._listener
        return ending_words(code, self._complaints)

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        while data := await stderr.read(64 * 1024):
            self._complaints.extend(data.decode(errors="replace").splitlines())


def ending_words(code: int, complaints: Sequence[str]) -> str:
    """`was killed by SIGKILL`, `ended with exit code 1: why`."""
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    last = next((line for line in reversed(complaints) if any(map(str.isalpha, line))), "").strip(" |")
    return f"{how}: {clean_line(last, 200)}" if last else how
