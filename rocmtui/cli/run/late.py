"""What the launch screen needs only after it is painted: imported then, so that the first paint is quick."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from rocmtui.core.runs.ports import RunShelf
from rocmtui.core.session.face_ports import LaunchCatalog
from rocmtui.core.session.view import SessionView

if TYPE_CHECKING:
    from rocmtui.core.gpu.reading import GpuReading
    from rocmtui.core.load.scenario import Scenario
    from rocmtui.core.runs.entry import RunEntry
    from rocmtui.core.server.state import LaunchPlan, ServerStatus
    from rocmtui.core.session.launch import BinaryFound, CommandPreview, MemoryFit, ModelsFound
    from rocmtui.services.session.live import LiveSession


class LateSession:
    """A live session that is put together when it is first needed; until then there is nothing to see."""

    is_replay = False

    def __init__(self, make: Callable[[], LiveSession]) -> None:
        self._make = make
        self._session: LiveSession | None = None
        self._nothing = SessionView()

    @property
    def now(self) -> LiveSession:
        """The session itself, put together and begun if it was not yet."""
        if self._session is None:
            self._session = self._make()
            self._session.begin()
        return self._session

    def view(self) -> SessionView:
        """The newest view."""
        return self._session.view() if self._session is not None else self._nothing

    async def start_server(self, plan: LaunchPlan) -> ServerStatus:
        """As the session."""
        return await self.now.start_server(plan)

    async def attach(self, url: str, api_key_env: str | None = None) -> ServerStatus:
        """As the session."""
        return await self.now.attach(url, api_key_env)

    async def stop_server(self) -> None:
        """As the session."""
        await self.now.stop_server()

    async def start_load(self, scenario: Scenario) -> None:
        """As the session."""
        await self.now.start_load(scenario)

    async def stop_load(self) -> None:
        """As the session."""
        await self.now.stop_load()

    async def set_concurrency(self, concurrency: int) -> None:
        """As the session."""
        await self.now.set_concurrency(concurrency)

    async def set_rate(self, rate: float) -> None:
        """As the session."""
        await self.now.set_rate(rate)

    async def pause(self) -> None:
        """As the session."""
        await self.now.pause()

    async def resume(self) -> None:
        """As the session."""
        await self.now.resume()

    async def set_baseline(self, run_dir: str | None) -> None:
        """As the session."""
        await self.now.set_baseline(run_dir)

    async def close(self, *, keep_server: bool = False) -> None:
        """Close what was put together."""
        if self._session is not None:
            await self._session.close(keep_server=keep_server)


class LateCatalog:
    """A LaunchCatalog whose maker is called, in a thread, with the first search."""

    def __init__(self, make: Callable[[], LaunchCatalog]) -> None:
        self._make = make
        self._catalog: LaunchCatalog | None = None
        self._making = asyncio.Lock()

    async def models(self, chosen: str = "") -> ModelsFound:
        """As the catalog."""
        return await (await self._made()).models(chosen)

    async def binary(self) -> BinaryFound:
        """As the catalog."""
        return await (await self._made()).binary()

    async def gpus(self) -> tuple[GpuReading, ...]:
        """As the catalog."""
        return await (await self._made()).gpus()

    def estimate(self, plan: LaunchPlan) -> MemoryFit | None:
        """As the catalog; None before the first search."""
        return self._catalog.estimate(plan) if self._catalog is not None else None

    def command_line(self, plan: LaunchPlan) -> CommandPreview:
        """As the catalog."""
        if self._catalog is None:
            self._catalog = self._make()
        return self._catalog.command_line(plan)

    async def _made(self) -> LaunchCatalog:
        async with self._making:
            if self._catalog is None:
                self._catalog = await asyncio.to_thread(self._make)
            return self._catalog


class LateShelf:
    """A RunShelf whose maker is called when the runs are first read."""

    def __init__(self, make: Callable[[], RunShelf]) -> None:
        self._make = make
        self._shelf: RunShelf | None = None

    async def runs(self) -> tuple[RunEntry, ...]:
        """As the shelf."""
        return await self._made().runs()

    async def delete(self, path: str) -> None:
        """As the shelf."""
        await self._made().delete(path)

    def _made(self) -> RunShelf:
        if self._shelf is None:
            self._shelf = self._make()
        return self._shelf
