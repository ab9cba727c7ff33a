"""Long work that can be interrupted and then still has something to write; a bench as such work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from rocmtui.core.bench.view import BenchView
from rocmtui.services.bench.runner import BenchRunner


class Job:
    """Does `work` once. Interrupting it cancels the work and waits until `finish` has written the rest.

    `finish` is called whatever ended the work, and told whether it was interrupted.
    """

    def __init__(self, work: Callable[[], Awaitable[None]], finish: Callable[[bool], None]) -> None:
        self._work = work
        self._finish = finish
        self._task: asyncio.Task[None] | None = None

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
            await self._work()
            interrupted = False
        except asyncio.CancelledError:
            pass
        finally:
            self._finish(interrupted)


class BenchJob(Job):
    """Implements core.bench.view.BenchControl.

    `write` writes the report (interrupted or not); `describe` is its `text`.
    """

    def __init__(
        self,
        runner: BenchRunner,
        where: str,
        write: Callable[[bool], None],
        describe: Callable[[], Callable[[int | None], str]],
    ) -> None:
        super().__init__(runner.run, write)
        self.where = where
        self.text = describe
        self._runner = runner

    @property
    def view(self) -> BenchView:
        """The newest view."""
        return self._runner.view
