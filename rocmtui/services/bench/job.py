"""A bench as the app holds it: its runner, and the report written whatever ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rocmtui.core.bench.view import BenchView
from rocmtui.services.bench.interruptible import Job
from rocmtui.services.bench.runner import BenchRunner


class BenchJob(Job):
    """Implements core.bench_view.BenchControl.

    `finish` writes the report (interrupted or not); `describe` tells it as text.
    """

    def __init__(
        self, runner: BenchRunner, where: str, finish: Callable[[bool], None], describe: Callable[[], str]
    ) -> None:
        super().__init__()
        self.where = where
        self._runner = runner
        self._finish = finish
        self._describe = describe

    @property
    def view(self) -> BenchView:
        """The newest view."""
        return self._runner.view

    def text(self) -> str:
        """The report so far."""
        return self._describe()

    async def work(self) -> None:
        """To its end; interrupted, what there is is reported."""
        interrupted = True
        try:
            await self._runner.run()
            interrupted = False
        except asyncio.CancelledError:
            pass
        finally:
            self._finish(interrupted)
