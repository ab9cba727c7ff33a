"""Runs a sweep: one level after the other, each load chosen from what the earlier ones showed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.sweep.plan import Level, load_to_confirm, next_load
from rocmtui.core.sweep.report import SweepPlan, TriedLevel, level_of
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import RocmtuiError, ServerError
from rocmtui.services.bench.ports import BenchSession
from rocmtui.services.bench.steps import is_ready, measure, problem_of_start, run_name, why

Observer = Callable[[TriedLevel], None]


@dataclass(eq=False)
class SweepRunner:
    """One sweep. `run` may be cancelled at any time: `tried` holds what was measured."""

    _plan: SweepPlan
    _session: BenchSession
    _observer: Observer
    _trying: Callable[[float], None] = lambda _load: None
    tried: list[TriedLevel] = field(init=False, default_factory=list)
    _started: LaunchPlan | None = field(init=False, default=None)

    async def run(self) -> None:
        """Try loads until the best is known. A level that cannot be run bounds the search."""
        while (step := self._next()) is not None:
            load, confirms = step
            self._trying(load)
            level, server = await self._level(load, confirms=confirms), self._session.view().server
            command = () if server.attached else server.command
            tried = TriedLevel(level=level, command=command, run_dir=run_name(self._session))
            self.tried.append(tried)
            self._observer(tried)

    def _next(self) -> tuple[float, bool] | None:
        """The next load, and whether it confirms what the search found."""
        seen = [tried.level for tried in self.tried]
        load = next_load(self._plan.goal, seen)
        if load is not None:
            return load, False
        load = load_to_confirm(self._plan.goal, seen)
        return None if load is None else (load, True)

    async def _level(self, load: float, *, confirms: bool) -> Level:
        problem = await self._server_for(load)
        gone = problem is not None
        if problem is None:
            try:
                report = await measure(self._session, self._plan.scenario_for(load, confirms=confirms))
            except RocmtuiError as error:
                problem, gone = clean_line(error.message), isinstance(error, ServerError)
            else:
                if report is not None and is_ready(self._session):
                    return level_of(load, report, confirms=confirms)
                problem = "the run could not be reported"
                if not is_ready(self._session):
                    self._started = None
                    problem, gone = why(self._session.view().server), True
        return Level(load=load, confirms=confirms, problem=problem, server_gone=gone)

    async def _server_for(self, load: float) -> str | None:
        """Have the level's server ready; the reason when it cannot be."""
        plan = self._plan.launch_for(load)
        if plan is None or plan == self._started:
            return None
        problem = await problem_of_start(self._session, plan)
        self._started = plan if problem is None else None
        return problem
