"""Known servers as processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import sys

import msgspec

from rocmtui.core.doctor.self_test import KnownTruth
from rocmtui.errors import ServerStartError

START_TIMEOUT_S = 10.0
GREETING = b"listening on "


class RunningKnownServer:
    """Implements `services.self_test.KnownServerProcess`."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, ttft_ms: float, itl_ms: float) -> None:
        self.url = url
        self._process = process
        self._set = (ttft_ms, itl_ms)

    async def close(self) -> KnownTruth:
        """Stop it and read what it says of itself."""
        if self._process.returncode is None:
            self._process.terminate()
        output, _ = await self._process.communicate()
        said = msgspec.json.decode(output.splitlines()[-1]) if output.strip() else {}
        ttft_ms, itl_ms = self._set
        return KnownTruth(
            ttft_ms=ttft_ms,
            itl_ms=itl_ms,
            late_ms_mean=said.get("lateness_ms_mean"),
            late_ms_p99=said.get("lateness_ms_p99"),
        )


class KnownServerSpawner:
    """Implements `services.self_test.KnownServerStarter`."""

    async def start(self, ttft_ms: float, itl_ms: float) -> RunningKnownServer:
        """Start one on a free port. Raises ServerStartError when it does not."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "rocmtui.embedded.known.server",
            f"--ttft-ms={ttft_ms}",
            f"--itl-ms={itl_ms}",
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
            if not line.startswith(GREETING) and process.returncode is None:
                process.kill()
        if not line.startswith(GREETING):
            await process.wait()
            raise ServerStartError("the built-in server of known latencies did not start")
        return RunningKnownServer(process, line.removeprefix(GREETING).decode().strip(), ttft_ms, itl_ms)
