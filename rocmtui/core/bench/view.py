"""A bench while it runs: what its screen draws and its progress line says."""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.bench.plan.cells import BenchPlan, CellKey, Setup
from rocmtui.core.bench.result import CellResult, StartResult
from rocmtui.core.bench.summary import SummaryRow
from rocmtui.core.session.work_control import WorkControl

BenchPhase = Literal[
    "idle", "starting", "checking answers", "settling", "measuring", "stopping", "done", "interrupted"
]


class BenchView(msgspec.Struct, frozen=True, kw_only=True):
    """All of a bench at one moment; a new one on every change."""

    plan: BenchPlan
    phase: BenchPhase = "idle"
    setup: Setup | None = None
    test: str | None = None
    """Name of the test under way."""
    round: int = 0
    attempt: int = 1
    cells_done: int = 0
    cells_total: int = 0
    seconds_left: float | None = None
    """Estimate; None until something was timed."""
    cells: tuple[CellResult, ...] = ()
    starts: tuple[StartResult, ...] = ()
    rows: tuple[SummaryRow, ...] = ()
    note: str = ""
    """The last thing worth telling: a failed start, a repeated cell."""

    @property
    def current(self) -> CellKey | None:
        """The cell under way."""
        if self.setup is None or self.test is None:
            return None
        return self.setup.key, self.test, self.round


BenchControl = WorkControl[BenchView]
"""A bench as the app holds it."""
