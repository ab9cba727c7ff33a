"""The part of the app that runs a bench or a sweep and keeps server and load from being touched meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.view import BenchControl
from rocmtui.errors import RocmtuiError
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.bench.long_work import LongWork
from rocmtui.tui.bench.plan import BenchPlanScreen
from rocmtui.tui.dashboard.live import LiveDashboard

BENCH_KEEPS = frozenset(("more", "fewer", "pause", "stop_load", "load_plan", "server"))
"""What would spoil the bench under way."""
OF_DASHBOARD = frozenset(("load_plan", "server", "stop_load", "bench"))


class WorkApp(RocmtuiApp):
    """Whoever inherits sets the two attributes before anything is shown."""

    _work: LongWork
    """What runs, or nothing."""
    _make_bench: Callable[[BenchPlan], BenchControl] | None
    """A bench of a plan; None where there is none. Raises RocmtuiError."""

    def action_bench(self) -> None:
        """The bench or sweep under way, or plan a bench."""
        if self._work.running:
            if isinstance(self.screen, LiveDashboard):
                self._show_work()
            return
        launch = self.view.server.plan
        if self._make_bench is None or not isinstance(self.screen, LiveDashboard):
            return
        if launch is None:
            self.notify("A bench starts servers itself: start a model first.", markup=False)
        else:
            self.push_screen(BenchPlanScreen(launch), self._begin_bench)

    def _begin_bench(self, plan: BenchPlan | None) -> None:
        if plan is None or self._make_bench is None:
            return
        try:
            control = self._make_bench(plan)
        except RocmtuiError as error:
            self._tell_error(error)
            return
        self.run_work(LongWork(bench=control))

    async def _run_given_work(self) -> None:
        self.run_work(self._work)

    def run_work(self, work: LongWork) -> None:
        """Run a bench or a sweep and show it."""
        self._work = work
        self._show_work()
        if work.control is not None:
            self.perform(work.control.run)

    def _show_work(self) -> None:
        screen = self._work.screen()
        if screen is not None:
            self.push_screen(screen)

    @property
    def shows_results(self) -> bool:
        """Not of the single loads of a bench or a sweep."""
        return super().shows_results and not self._work.running

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Server and load belong to a bench or sweep while it runs, and to the dashboard otherwise."""
        if action in BENCH_KEEPS and self._work.running:
            return False
        if action in OF_DASHBOARD and not isinstance(self.place, LiveDashboard):
            return False
        if action == "bench" and self._make_bench is None and not self._work.running:
            return False
        return super().check_action(action, parameters)
