"""A sweep as the app and the command line hold it: its runner, and the report kept up with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from rocmtui.core.sweep.report import SweepPlan, SweepReport, TriedLevel
from rocmtui.core.sweep.text import sweep_text
from rocmtui.core.sweep.view import SweepPhase, SweepView
from rocmtui.core.text.tables import terminal_table
from rocmtui.services.bench.job import Job
from rocmtui.services.bench.ports import BenchSession
from rocmtui.services.bench.sweep import SweepRunner

Report = Callable[[tuple[TriedLevel, ...], bool], SweepReport]
"""Makes and writes the report of the levels so far; True: interrupted, as far as one knows."""


class SweepJob(Job):
    """Implements core.sweep.view.SweepControl. `attach` is done first where no server is started."""

    def __init__(
        self,
        plan: SweepPlan,
        session: BenchSession,
        where: str,
        report: Report,
        attach: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        super().__init__(self._do, lambda interrupted: self._keep("interrupted" if interrupted else "done"))
        self.where = where
        self.view = SweepView(plan=plan)
        self.report = report((), True)
        self.on_level: Callable[[TriedLevel], None] = lambda _tried: None
        self._make_report = report
        self._attach = attach
        self._runner = SweepRunner(plan, session, self._tried, self._trying)

    def text(self) -> Callable[[int | None], str]:
        """The report so far, to be written for any width."""
        report = self.report
        return lambda width: sweep_text(report, partial(terminal_table, width=width))

    async def _do(self) -> None:
        if self._attach is not None:
            await self._attach()
        await self._runner.run()

    def _trying(self, load: float) -> None:
        self.view = msgspec.structs.replace(self.view, load=load)

    def _tried(self, tried: TriedLevel) -> None:
        self._keep("running")
        self.on_level(tried)

    def _keep(self, phase: SweepPhase) -> None:
        tried = tuple(self._runner.tried)
        self.report = self._make_report(tried, phase != "done")
        self.view = msgspec.structs.replace(
            self.view,
            phase=phase,
            tried=tried,
            load=self.view.load if phase == "running" else None,
            best=self.report.best,
            advice=self.report.advice if tried else "",
        )
