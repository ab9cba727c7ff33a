"""The part of the app that runs a bench or a sweep and keeps server and load from being touched meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.face_ports import Session
from rocmtui.core.session.work_control import resume_command
from rocmtui.errors import RocmtuiError
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.app.parts import AppParts
from rocmtui.tui.bench.long_work import LongWork
from rocmtui.tui.draw.screen import is_a
from rocmtui.tui.launch.screen import LaunchScreen

if TYPE_CHECKING:
    from rocmtui.core.bench.plan.cells import BenchPlan
    from rocmtui.core.load.scenario import Scenario
    from rocmtui.core.sweep.report import SweepPlan

BENCH_KEEPS = frozenset(("more", "fewer", "pause", "stop_load", "load_plan", "server"))
"""What would spoil the bench under way."""
OF_DASHBOARD = frozenset(("load_plan", "server", "stop_load"))
WORK = frozenset(("bench", "sweep"))
"""What is planned on the dashboard, and on the launch screen."""


class WorkApp(RocmtuiApp):
    """`work` is the bench or sweep it runs, if any; `options` are those of the app."""

    def __init__(self, session: Session, parts: AppParts, work: LongWork, **options: Any) -> None:
        super().__init__(session, **options)
        self._parts = parts
        self._work = work
        """What runs, or nothing."""

    def action_bench(self) -> None:
        """The bench or sweep under way, or plan a bench of what runs or is chosen."""
        if self._work.running:
            self._show_work()
        elif self._can_plan and (launch := self._launch_plan()) is not None:
            from rocmtui.tui.bench.plan import BenchPlanScreen

            self.push_screen(BenchPlanScreen(launch), self.begin_bench)
        elif is_a(self.screen, "live"):
            self.notify("A bench starts servers itself: start a model first.", markup=False)

    def action_sweep(self) -> None:
        """The bench or sweep under way, or plan a sweep of what runs or is chosen."""
        from rocmtui.tui.bench.sweep_plan import SweepPlanScreen

        status = self.view.server
        if self._work.running:
            self._show_work()
        elif self._can_plan and (launch := self._launch_plan()) is not None:
            self.push_screen(SweepPlanScreen(launch), self._begin_sweep)
        elif is_a(self.screen, "live") and status.attached and status.url is not None:
            self.push_screen(SweepPlanScreen(status.url), self._begin_sweep)
        elif is_a(self.screen, "live"):
            self.notify("There is no server to sweep: start a model first.", markup=False)

    @property
    def _can_plan(self) -> bool:
        return is_a(self.screen, "live", "launch")

    def _launch_plan(self) -> LaunchPlan | None:
        """What runs, or is chosen on the launch screen; that says why where it cannot be started."""
        if isinstance(self.screen, LaunchScreen):
            return self.screen.sound_plan()
        return self.view.server.plan

    def begin_bench(self, plan: BenchPlan | None) -> None:
        """Run a bench, where one was planned."""
        if plan is not None and (make := self._parts.bench) is not None:
            self._begin(lambda: LongWork(bench=make(plan)))

    def _begin_sweep(self, plan: SweepPlan | None) -> None:
        if plan is not None and (make := self._parts.sweep) is not None:
            self._begin(lambda: LongWork(sweep=make(plan)))

    def _begin(self, make: Callable[[], LongWork]) -> None:
        try:
            work = make()
        except RocmtuiError as error:
            self._tell_error(error)
            return
        if isinstance(self.screen, LaunchScreen):
            self.switch_screen(live_dashboard())
        self.run_work(work)

    async def _run_given_work(self) -> None:
        self.run_work(self._work)

    def show_only(self, screen: Screen[Any]) -> None:
        """Make this the only screen."""
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self.switch_screen(screen)

    def run_work(self, work: LongWork) -> None:
        """Run a bench or a sweep and show it."""
        self._work = work._replace(before=self.view.scenario)
        self._show_work()
        if work.control is not None:
            self.perform(work.control.run)

    async def begin_load(self, scenario: Scenario) -> None:
        """A load of one's own is what was done last."""
        await super().begin_load(scenario)
        if not self._work.running:
            self._work = LongWork()

    @property
    def work_kept(self) -> str | None:
        """The folder of the bench or sweep, where that is what was done last."""
        return None if self._work.control is None else self._work.control.where

    @property
    def work_goes_on(self) -> str | None:
        """The command that goes on with the bench that was interrupted here; None: there is none."""
        bench = self._work.bench
        return None if bench is None or bench.view.phase == "done" else resume_command(bench.where)

    def _show_work(self) -> None:
        screen = self._work.screen()
        if screen is not None:
            self.push_screen(screen)

    @property
    def shows_results(self) -> bool:
        """Not of the single loads of a bench or a sweep, nor of its last one when it has ended."""
        return super().shows_results and self._work.control is None

    def action_result(self) -> None:
        """What was done last: a load's card, or the bench or sweep."""
        if self._work.control is None:
            super().action_result()
        else:
            self._show_work()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Server and load belong to a bench or sweep while it runs, and to the dashboard otherwise."""
        if action in BENCH_KEEPS and self._work.running:
            return False
        if action in OF_DASHBOARD and not is_a(self.place, "live"):
            return False
        if action in WORK:
            made = self._parts.bench if action == "bench" else self._parts.sweep
            here = is_a(self.place, "live", "launch")
            return here and (made is not None or self._work.running)
        return super().check_action(action, parameters)


def live_dashboard() -> Screen[Any]:
    """A new one."""
    from rocmtui.tui.dashboard.live import LiveDashboard

    return LiveDashboard()
