"""Known servers as processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from rocmtui.core.doctor.known_truth import KnownTruth, ServedReply
from rocmtui.errors import ServerStartError

START_TIMEOUT_S = 10.0
GREETING = b"listening on "
LOG_NAME = "served.jsonl"


BUSY = """
import ctypes, os
parent = os.getppid()
ctypes.CDLL(None).prctl(1, 9)
while os.getppid() == parent:
    for _ in range(1_000_000): pass
"""
"""A process that keeps a core busy and dies with its parent (PR_SET_PDEATHSIG)."""


class RunningKnownServer:
    """Implements `services.load.self_test.KnownServerProcess`."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, log: TemporaryDirectory[str]) -> None:
        self.url = url
        self._process = process
        self._log = log

    async def close(self) -> KnownTruth:
        """Stop it and read what it logged."""
        if self._process.returncode is None:
            self._process.terminate()
        output, _ = await self._process.communicate()
        said = msgspec.json.decode(output.splitlines()[-1]) if output.strip() else {}
        with self._log as folder:
            lines = (Path(folder) / LOG_NAME).read_bytes()
        return KnownTruth(
            replies=tuple(msgspec.json.Decoder(ServedReply).decode_lines(lines)),
            late_ms_mean=said.get("lateness_ms_mean"),
            late_ms_p99=said.get("lateness_ms_p99"),
        )


class KnownServerSpawner:
    """Implements `services.load.self_test.KnownServerStarter`."""

    async def start(self, ttft_ms: float, itl_ms: float) -> RunningKnownServer:
        """Start one on a free port. Raises ServerStartError when it does not."""
        folder = TemporaryDirectory(prefix="rocmtui-selftest-")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "rocmtui.embedded.known.server"),
            *(f"--ttft-ms={ttft_ms}", f"--itl-ms={itl_ms}", f"--log={Path(folder.name) / LOG_NAME}"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout is not None
        line = b""
        try:
            with contextlib.suppress(TimeoutError):
                line = await asyncio.wait_for(process.stdout.readline(), START_TIMEOUT_S)
        finally:
            if not line.startswith(GREETING):
                folder.cleanup()
                if process.returncode is None:
                    process.kill()
        if not line.startswith(GREETING):
            await process.wait()
            raise ServerStartError("the built-in server of known latencies did not start")
        return RunningKnownServer(process, line.removeprefix(GREETING).decode().strip(), folder)


@asynccontextmanager
async def busy_processes(count: int) -> AsyncIterator[None]:
    """Keeps so many processes busy meanwhile."""
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-I", "-S", "-c", BUSY) for _ in range(count)
    ]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            await process.wait()
