"""The time from asking for a load to its first request: prompts are built, the server is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from rocmtui.core.load.said import LoadFinished, StopReason
from rocmtui.core.stats.histogram import Histogram

UNBEGUN = "ended before its first request was sent"


class Beginning:
    """One load that begins. It can be ended at any moment, whatever it waits for."""

    def __init__(self) -> None:
        self._ended: asyncio.Future[StopReason] = asyncio.get_running_loop().create_future()
        self._over = asyncio.Event()

    async def unless_ended(self, work: Coroutine[object, object, None]) -> StopReason | None:
        """Do the work; the reason where it was ended before it was done, None where it was not."""
        task = asyncio.ensure_future(work)
        either: tuple[asyncio.Future[Any], ...] = (task, self._ended)
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                return self._ended.result()
            task.result()
            return None
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def end(self, reason: StopReason) -> None:
        """Cancel the work; returns when its run, if there is one yet, is saved."""
        if not self._ended.done():
            self._ended.set_result(reason)
        await self._over.wait()

    def is_over(self) -> None:
        """Say that the load is under way, or that its run is saved."""
        self._over.set()


def unbegun(at_ns: int, reason: StopReason) -> LoadFinished:
    """What a load says of itself that never had a process."""
    return LoadFinished(
        at_ns=at_ns,
        process=0,
        cpu_seconds=0,
        wall_seconds=0,
        icl=Histogram(),
        reason=reason,
        message=UNBEGUN,
    )
