"""The app's way to past runs and back: the shelf, a run played again, two compared, one drawn as a ghost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocmtui.core.session.face_ports import Session
from rocmtui.errors import RocmtuiError
from rocmtui.tui.app.parts import AppParts
from rocmtui.tui.app.work import WorkApp
from rocmtui.tui.draw.screen import is_a
from rocmtui.tui.result.actions import ResultActions

if TYPE_CHECKING:
    from rocmtui.core.compare.verdicts import Comparison


class ShelfApp(WorkApp):
    """Whoever inherits sets the first two attributes before anything is shown."""

    _parts: AppParts
    _live_session: Session
    """The session to come back to when a replay is left."""
    _baseline: str | None = None

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
            open=self._open_replay,
            compare=self._parts.compare,
            show_comparison=self._show_comparison,
            show_result=lambda path: self.perform(lambda: self._show_card(path)),
            set_baseline=self._set_baseline,
        )
        view = self.view
        current = view.run_dir if view.live is not None and view.live.phase != "done" else None
        self.push_screen(RunsScreen(self._parts.shelf, actions, current=current, baseline=self._baseline))

    def _show_comparison(self, comparison: Comparison) -> None:
        from rocmtui.tui.result.comparison import CompareScreen

        self.push_screen(CompareScreen(comparison, "A is the older run, B the newer one"))

    async def _show_card(self, path: str) -> None:
        if self._parts.result is not None:
            from rocmtui.tui.result.screen import ResultScreen

            self.push_screen(ResultScreen(await self._parts.result(path), ResultActions(dashboard="runs")))

    async def _set_baseline(self, path: str | None) -> None:
        await self.session.set_baseline(path)
        self._baseline = path

    def _open_replay(self, path: str) -> None:
        try:
            replay = self._parts.open_replay(path)
        except RocmtuiError as error:
            self.notify(error.message, severity="error", markup=False)
            return
        from rocmtui.tui.runs.replay import ReplayScreen

        self.session = replay
        self.push_screen(ReplayScreen(replay, leave=self._end_replay))
        self.poll()

    def _end_replay(self) -> None:
        self.session = self._live_session
        self.pop_screen()
        self.poll()
