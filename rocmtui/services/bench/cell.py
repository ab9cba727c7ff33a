"""Runs one cell of a bench: waits for rest, measures, and once more when the audit warns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from rocmtui.core.bench.cell_check import cell_metrics, cell_warnings, depth_notice
from rocmtui.core.bench.plan.cells import BenchPlan, Setup
from rocmtui.core.bench.plan.suite import BenchTest
from rocmtui.core.bench.result import CellResult
from rocmtui.core.bench.view import BenchPhase
from rocmtui.core.report.document import Report
from rocmtui.core.session.ports import Clock
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import RocmtuiError
from rocmtui.services.bench.ports import BenchSession
from rocmtui.services.bench.settle import Settler
from rocmtui.services.bench.steps import is_ready, measure, run_name, why

Tell = Callable[[BenchPhase, int, str | None], None]
"""Phase, attempt, and a note or None to leave the last one."""


@dataclass(eq=False)
class CellRunner:
    """Measures tests on the server that is ready now."""

    _plan: BenchPlan
    _session: BenchSession
    _settler: Settler
    _clock: Clock
    _tell: Tell

    async def run(self, setup: Setup, test: BenchTest, round_: int) -> CellResult:
        """The cell; of two attempts the one with fewer warnings. Failures are in its `error`."""
        began_ns = self._clock.monotonic_ns()
        best = await self._attempt(setup, test, round_, 1)
        if is_ready(self._session) and (best.warnings or best.error):
            reason = best.error or "; ".join(best.warnings)
            self._tell("settling", 2, f"{test.name} is repeated: {reason}")
            again = await self._attempt(setup, test, round_, 2)
            if not again.error and (best.error or len(again.warnings) <= len(best.warnings)):
                best = again
            best = msgspec.structs.replace(best, attempts=2)
        return msgspec.structs.replace(best, seconds=(self._clock.monotonic_ns() - began_ns) / 1e9)

    async def _attempt(self, setup: Setup, test: BenchTest, round_: int, attempt: int) -> CellResult:
        cell = CellResult(
            setup=setup.key,
            model=setup.model,
            parallel=setup.parallel,
            test=test.name,
            kind=test.kind,
            round=round_,
            seen=await self._settler.settle(),
        )
        self._tell("measuring", attempt, None)
        try:
            report = await measure(self._session, self._plan.scenario_for(setup, test, round_))
        except RocmtuiError as error:
            return msgspec.structs.replace(cell, error=clean_line(error.message))
        run_dir = run_name(self._session)
        if report is None:
            return msgspec.structs.replace(cell, error="the run could not be reported", run_dir=run_dir)
        notice, metrics = depth_notice(report, test), cell_metrics(report)
        if notice and test.kind == "prefill":
            metrics.pop("prefill_tps", None)
        return msgspec.structs.replace(
            cell,
            metrics=metrics,
            notice=notice,
            completed=report.requests.completed,
            failed=report.requests.failed,
            measured_seconds=report.measured_seconds,
            cached_fraction=report.audit.cached_fraction,
            warnings=cell_warnings(report, test),
            answers_under_load=report.answers_under_load,
            error=None if report.requests.completed and is_ready(self._session) else self._nothing(report),
            run_dir=run_dir,
        )

    def _nothing(self, report: Report) -> str:
        if not is_ready(self._session):
            return why(self._session.view().server)
        kinds = ", ".join(f"{count} {name}" for name, count in report.requests.by_error.items())
        reason = kinds or next(iter(report.audit.warnings), report.ended)
        return clean_line(f"no request completed: {reason}")
