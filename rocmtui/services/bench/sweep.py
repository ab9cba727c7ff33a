"""Runs a sweep: one level after the other, each load chosen from what the earlier ones showed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rocmtui.core.report.document import Report
from rocmtui.core.server.state import LaunchPlan, ServerState
from rocmtui.core.sweep.plan import Level, next_load
from rocmtui.core.sweep.report import SweepPlan, TriedLevel, level_of, status_command
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import RocmtuiError
from rocmtui.services.bench.cell import why
from rocmtui.services.bench.ports import BenchSession

Observer = Callable[[TriedLevel], None]


class SweepRunner:
    """One sweep. `run` may be cancelled at any time: `tried` holds what was measured."""

    def __init__(
        self,
        plan: SweepPlan,
        session: BenchSession,
        observer: Observer,
        trying: Callable[[float], None] = lambda _load: None,
    ) -> None:
        self.tried: list[TriedLevel] = []
        self._trying = trying
        self._plan = plan
        self._session = session
        self._observer = observer
        self._started: LaunchPlan | None = None

    async def run(self) -> None:
        """Try loads until the best is known. A level that cannot be run bounds the search."""
        while (load := next_load(self._plan.goal, [tried.level for tried in self.tried])) is not None:
            self._trying(load)
            level = await self._level(load)
            view = self._session.view()
            run_dir = (view.run_dir or "").rpartition("/")[2] or None
            tried = TriedLevel(level=level, command=status_command(view.server), run_dir=run_dir)
            self.tried.append(tried)
            self._observer(tried)

    async def _level(self, load: float) -> Level:
        problem = await self._server_for(load)
        if problem is not None:
            return Level(load=load, problem=problem)
        try:
            report = await self._measure(load)
        except RocmtuiError as error:
            return Level(load=load, problem=clean_line(error.message))
        server = self._session.view().server
        if server.state is not ServerState.READY:
            self._started = None
            return Level(load=load, problem=why(server))
        return (
            Level(load=load, problem="the run could not be reported")
            if report is None
            else level_of(load, report)
        )

    async def _server_for(self, load: float) -> str | None:
        """Have the level's server ready; the reason when it cannot be."""
        plan = self._plan.launch_for(load)
        if plan is None or plan == self._started:
            return None
        try:
            status = await self._session.start_server(plan)
        except RocmtuiError as error:
            return clean_line(error.message)
        if status.state is not ServerState.READY:
            self._started = None
            return why(status)
        self._started = plan
        return None

    async def _measure(self, load: float) -> Report | None:
        try:
            await self._session.start_load(self._plan.scenario_for(load))
            return await self._session.wait_load()
        except asyncio.CancelledError:
            await self._session.stop_load("interrupted")
            raise
