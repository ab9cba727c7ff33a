"""Long work that can be interrupted and then still has something to write; a bench as such work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rocmtui.core.bench.view import BenchView
from rocmtui.services.bench.runner import BenchRunner


class Job:
    """Runs `work` once. Interrupting it cancels the work and waits until `finish` has written the rest."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    async def work(self) -> None:
        """What sub-classes do."""
        raise NotImplementedError

    def finish(self, interrupted: bool) -> None:
        """What sub-classes write, whatever ended the work."""
        raise NotImplementedError

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self._task is not None and not self._task.done()

    async def run(self) -> None:
        """To its end; cancelling this interrupts the work, waits for it and is passed on."""
        self._task = asyncio.create_task(self._work_and_finish())
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

    async def _work_and_finish(self) -> None:
        interrupted = True
        try:
            await self.work()
            interrupted = False
        except asyncio.CancelledError:
            pass
        finally:
            self.finish(interrupted)


class BenchJob(Job):
    """Implements core.bench.view.BenchControl.

    `write` writes the report (interrupted or not); `describe` tells it as text.
    """

    def __init__(
        self, runner: BenchRunner, where: str, write: Callable[[bool], None], describe: Callable[[], str]
    ) -> None:
        super().__init__()
        self.where = where
        self.text = describe
        self._write = write
        self._runner = runner

    @property
    def view(self) -> BenchView:
        """The newest view."""
        return self._runner.view

    async def work(self) -> None:
        """To its end."""
        await self._runner.run()

    def finish(self, interrupted: bool) -> None:
        """Write the report."""
        self._write(interrupted)
