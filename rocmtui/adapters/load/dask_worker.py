"""What runs on a Dask worker: it launches a load process there and carries its lines, and nothing else.

Times are stamped in the load process; what passes here is finished lines. This module is imported on the
worker, so it stands on the standard library alone.
"""

from __future__ import annotations

import asyncio
import sys

READ_WAIT_S = 1.0
CHUNK_BYTES = 1 << 20
ERROR_BYTES = 4000


class LineCarrier:
    """A Dask actor: its methods are awaited on the worker, one after the other for each direction."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._stdin: asyncio.StreamWriter
        self._stdout: asyncio.StreamReader
        self._listener: asyncio.Task[None]
        self._reading: asyncio.Task[bytes] | None = None
        self._errors = b""

    async def launch(self, words: tuple[str, ...]) -> None:
        """Start this worker's Python with these words."""
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._stdin, self._stdout = process.stdin, process.stdout
        self._listener = asyncio.create_task(self._listen(process.stderr))

    async def read(self) -> bytes | None:
        """What it said, some of it or nothing so far; None when it will say nothing more."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._stdout.read(CHUNK_BYTES))
        done, _ = await asyncio.wait({self._reading}, timeout=READ_WAIT_S)
        if not done:
            return b""
        data = self._reading.result()
        self._reading = None
        return data or None

    async def write(self, data: bytes) -> None:
        """Give it these bytes; none close its input."""
        if not data:
            self._stdin.close()
            return
        try:
            self._stdin.write(data)
            await self._stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            return

    async def kill(self) -> None:
        """End it by force."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def wait(self) -> tuple[int, str] | None:
        """Its exit code, and the end of what it said on stderr; None: not yet."""
        assert self._process is not None
        done, _ = await asyncio.wait({self._listener}, timeout=READ_WAIT_S)
        if not done:
            return None
        return await self._process.wait(), self._errors.decode(errors="replace")

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        while data := await stderr.read(CHUNK_BYTES):
            self._errors = (self._errors + data)[-ERROR_BYTES:]

    def __del__(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
