"""The app's way to past runs and back: the shelf, a run played again, two compared, one drawn as a ghost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rocmtui.core.session.face_ports import Session
from rocmtui.errors import UsageError
from rocmtui.tui.app.parts import AppParts
from rocmtui.tui.app.work import WorkApp, live_dashboard
from rocmtui.tui.bench.long_work import LongWork
from rocmtui.tui.draw.screen import is_a
from rocmtui.tui.result.actions import CompareActions, ComparePair, ResultActions

if TYPE_CHECKING:
    from rocmtui.core.bench.plan.cells import BenchPlan
    from rocmtui.core.compare.verdicts import Comparison


class ShelfApp(WorkApp):
    """Its session is the one it began with, or that of the run that is played again."""

    _baseline: str | None = None

    def __init__(self, session: Session, parts: AppParts, work: LongWork, **options: Any) -> None:
        super().__init__(session, parts, work, **options)
        self._live_session = session

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No runs from the runs."""
        if action == "runs" and is_a(self.place, "runs", "replay"):
            return False
        return super().check_action(action, parameters)

    def action_runs(self) -> None:
        """Past runs."""
        if is_a(self.screen, "runs", "replay"):
            return
        from rocmtui.tui.runs.screen import RunsActions, RunsScreen

        actions = RunsActions(
            open=lambda path: self.perform(lambda: self._open_replay(path)),
            compare=self._parts.compare,
            show_comparison=self._show_comparison,
            show_result=lambda path: self.perform(lambda: self._show_card(path)),
            set_baseline=self._set_baseline,
        )
        view = self.view
        current = view.run_dir if view.live is not None and view.live.phase != "done" else None
        self.push_screen(RunsScreen(self._parts.shelf, actions, current=current, baseline=self._baseline))

    def _show_comparison(self, comparison: Comparison, a: str, b: str, kind: str) -> None:
        from rocmtui.tui.result.compare_screen import CompareScreen

        pair = ComparePair(a, b, f"the older {kind}", "the newer one", kind)
        self.push_screen(CompareScreen(comparison, pair, self.compare_actions))

    @property
    def compare_actions(self) -> CompareActions | None:
        """Exchange the sides; bench both where benches are."""
        return CompareActions(self._parts.compare, self._ask_bench if self._parts.bench_of else None)

    async def _ask_bench(self, a: str, b: str) -> None:
        from rocmtui.core.bench.plan.draft import bench_words
        from rocmtui.tui.dialogs.confirm import ConfirmScreen

        assert self._parts.bench_of is not None
        if self._work.running:
            raise UsageError("a bench or sweep is under way")
        plan = await self._parts.bench_of(a, b)
        question = f"{bench_words(plan)}. A server that runs now is stopped for it."
        dialog = ConfirmScreen("bench both", question, yes="start", no="back")
        self.push_screen(dialog, lambda sure: self._bench_both(plan, sure))

    def _bench_both(self, plan: BenchPlan, sure: bool | None) -> None:
        if sure:
            self.leave_replay()
            self.show_only(live_dashboard())
            self.begin_bench(plan)

    async def _show_card(self, path: str) -> None:
        if self._parts.result is not None:
            from rocmtui.tui.result.screen import ResultScreen

            card = await self._parts.result(path)
            leads_to = ResultActions(compare=self.compare_actions, dashboard="runs")
            self.push_screen(ResultScreen(card, leads_to))

    async def _set_baseline(self, path: str | None) -> None:
        await self.session.set_baseline(path)
        self._baseline = path

    async def _open_replay(self, path: str) -> None:
        """Play a run, unless another screen has come meanwhile."""
        replay = await self._parts.open_replay(path)
        if not is_a(self.screen, "runs"):
            return
        from rocmtui.tui.runs.replay import ReplayScreen

        self.session = replay
        self.push_screen(ReplayScreen(replay, leave=self._end_replay))
        self.poll()

    def _end_replay(self) -> None:
        self.pop_screen()
        self.leave_replay()

    def leave_replay(self) -> None:
        """Back to the session it began with."""
        self.session = self._live_session
        self.poll()
