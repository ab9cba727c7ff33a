"""What the launch screen needs only after it is painted: imported then, so that the first paint is quick."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rocmtui.core.gguf.fit import CONTEXTS
from rocmtui.core.session.face_ports import LaunchCatalog
from rocmtui.core.session.view import SessionView

if TYPE_CHECKING:
    from rocmtui.core.gpu.reading import GpuReading
    from rocmtui.core.runs.ports import RunShelf
    from rocmtui.core.server.state import LaunchPlan
    from rocmtui.core.session.launch import BinaryFound, CommandPreview, MemoryFit, ModelsFound
    from rocmtui.services.session.live import LiveSession


OPENED_BY_KEYS = (
    "dashboard.live",
    "load.control",
    "load.plan",
    "result.screen",
    "runs.replay",
    "runs.screen",
    "server.control",
    "server.starting",
)
"""Rooms and modules of the screens that are opened most."""
APART_S = 0.2


def import_screens() -> None:
    """Import what the first press of a key would wait for, one by one, so that no key waits for them all."""
    loop = asyncio.get_running_loop()
    for number, name in enumerate(OPENED_BY_KEYS, 1):
        loop.call_later(number * APART_S, importlib.import_module, f"rocmtui.tui.{name}")


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

    def __getattr__(self, verb: str) -> Any:
        """What else a user can do is done by the session itself."""
        return getattr(self.now, verb)

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

    def slots_at(self, plan: LaunchPlan) -> tuple[int | None, ...]:
        """Nothing before the first search."""
        return self._catalog.slots_at(plan) if self._catalog else (None,) * len(CONTEXTS)

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

    @cached_property
    def _shelf(self) -> RunShelf:
        return self._make()

    def __getattr__(self, verb: str) -> Any:
        """What a shelf can do is done by it."""
        return getattr(self._shelf, verb)
