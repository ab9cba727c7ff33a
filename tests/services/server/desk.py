"""A supervisor over real processes, and clients that load the server it runs."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from rocmtui.adapters.machine.clock import SystemClock
from rocmtui.adapters.server.launcher import LlamaLauncher
from rocmtui.adapters.wire.llama_status import HttpProbe
from rocmtui.core.server.state import LaunchPlan, ServerState, ServerStatus
from rocmtui.core.session.events import Event, LogRead, Noticed, ServerChanged
from rocmtui.services.server.supervisor import Supervisor


class Desk:
    """One supervisor with everything real; remembers what it said."""

    def __init__(self, launcher: LlamaLauncher | None = None) -> None:
        self.events: list[Event] = []
        self.changed = asyncio.Event()
        self.supervisor = Supervisor(launcher or LlamaLauncher(), HttpProbe, SystemClock(), self)

    def emit(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, ServerChanged):
            self.changed.set()

    @property
    def status(self) -> ServerStatus:
        return self.supervisor.status

    @property
    def notices(self) -> list[str]:
        return [event.code for event in self.events if isinstance(event, Noticed)]

    @property
    def log(self) -> list[str]:
        return [line for event in self.events if isinstance(event, LogRead) for line in event.lines]

    async def until(self, state: ServerState, within_s: float) -> float:
        """Wait for a state; how long it took."""
        began = time.monotonic()
        async with asyncio.timeout(within_s):
            while self.status.state is not state:
                self.changed.clear()
                await self.changed.wait()
        return time.monotonic() - began

    async def until_log(self, text: str, within_s: float = 20.0) -> None:
        """Wait for a line of the server's log."""
        async with asyncio.timeout(within_s):
            while not any(text in line for line in self.log):
                await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def supervised(launcher: LlamaLauncher | None = None) -> AsyncIterator[Desk]:
    """A desk that leaves no process behind."""
    desk = Desk(launcher)
    try:
        yield desk
    finally:
        pid = desk.status.pid if not desk.status.attached else None
        await desk.supervisor.close()
        assert pid is None or not alive(pid)


def alive(pid: int) -> bool:
    """Whether a process runs."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    return False


async def until_gone(pid: int, within_s: float) -> float:
    """Wait for a process to end; how long it took."""
    began = time.monotonic()
    async with asyncio.timeout(within_s):
        while alive(pid):
            await asyncio.sleep(0.005)
    return time.monotonic() - began


class Streams:
    """Endless streamed completions against a server; `ended` counts those that broke off."""

    def __init__(self, url: str, count: int) -> None:
        self._url = url
        self._tasks = [asyncio.create_task(self._stream()) for _ in range(count)]
        self._flowing: list[asyncio.Event] = []
        self.broken = 0

    async def _stream(self) -> None:
        flowing = asyncio.Event()
        self._flowing.append(flowing)
        body = {"prompt": "a", "n_predict": -1, "ignore_eos": True, "stream": True}
        client = httpx.AsyncClient(timeout=None, headers={"Connection": "close"})
        try:
            async with client, client.stream("POST", f"{self._url}/completion", json=body) as reply:
                async for _ in reply.aiter_bytes():
                    flowing.set()
        except httpx.HTTPError:
            self.broken += 1

    async def flow(self) -> None:
        """Wait until each has received something."""
        async with asyncio.timeout(20):
            await asyncio.sleep(0)
            for flowing in self._flowing:
                await flowing.wait()

    async def close(self) -> None:
        """Leave, as our load does before a stop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def plan(model: Path | str, **changes: object) -> LaunchPlan:
    """A small plan for the embedded server."""
    defaults: dict[str, object] = {"ctx_per_slot": 512, "extra_args": ("--no-warmup",)}
    return LaunchPlan(model=str(model), **(defaults | changes))  # type: ignore[arg-type]
