"""Long work that can be interrupted and then still has something to write."""

from __future__ import annotations

import asyncio


class Job:
    """Runs `work` once. Interrupting it cancels the work and waits until it has written what it has."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    async def work(self) -> None:
        """What sub-classes do; cancelled, they write what they have and return."""
        raise NotImplementedError

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self._task is not None and not self._task.done()

    async def run(self) -> None:
        """To its end; cancelling this interrupts the work, waits for it and is passed on."""
        self._task = asyncio.create_task(self.work())
        try:
            await asyncio.shield(self._task)
        except asyncio.CancelledError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Interrupt it; returns when it has written what it has."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})
