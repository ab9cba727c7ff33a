"""Certain texts asked of a server: before a load, and among its requests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from rocmtui.core.answers.look import Company, Look
from rocmtui.core.answers.ports import Asker
from rocmtui.core.load.scenario import Target
from rocmtui.core.session.ports import Clock
from rocmtui.core.session.traffic import TrafficMeter
from rocmtui.services.answers.company import InCompany
from rocmtui.services.answers.look import look


class Questions:
    """One for a session. While it asks, the traffic it makes is nobody else's."""

    def __init__(
        self, asker: Callable[[Target, str | None], Asker], traffic: TrafficMeter, clock: Clock
    ) -> None:
        """`asker` asks a server, with its key."""
        self._make = asker
        self._traffic = traffic
        self._clock = clock

    async def look(self, target: Target, key: str | None) -> Look:
        """What it says before a load."""
        async with self._asking(target, key) as asker:
            return await look(asker)

    async def beside(
        self,
        target: Target,
        key: str | None,
        alone: Look | None,
        slots: Callable[[], int | None],
        tell: Callable[[Company], None],
    ) -> None:
        """Ask among the load's requests until cancelled, then tell what came."""
        async with self._asking(target, key) as asker:
            company = InCompany(asker, self._clock, alone)
            try:
                await company.ask_on()
            finally:
                tell(company.found(slots()))

    @asynccontextmanager
    async def _asking(self, target: Target, key: str | None) -> AsyncIterator[Asker]:
        asker = self._make(target, key)
        with self._traffic.asked_by_us():
            try:
                yield asker
            finally:
                await asker.close()
