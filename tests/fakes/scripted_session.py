"""A Session that plays hand-made views and notes down what it was asked to do."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.load.scenario import Scenario
from rocmtui.core.server.state import LaunchPlan, ServerStatus
from rocmtui.core.session.view import SessionView
from rocmtui.errors import RocmtuiError


class ScriptedSession:
    """Shows the first view until `advance` is called; `calls` lists (method, argument) in order.

    With `error` set, every action raises it.
    """

    def __init__(self, *views: SessionView, error: RocmtuiError | None = None) -> None:
        self.views: Sequence[SessionView] = views or (SessionView(),)
        self.calls: list[tuple[str, object]] = []
        self.error = error
        self._index = 0

    @property
    def is_replay(self) -> bool:
        """Whether the view shown is a replay's."""
        return self.view().replay is not None

    def view(self) -> SessionView:
        """The view of this moment."""
        return self.views[self._index]

    def advance(self, view: SessionView | None = None) -> None:
        """Go to the next view, or to the given one."""
        if view is not None:
            self.views = (*self.views[: self._index + 1], view)
        self._index = min(self._index + 1, len(self.views) - 1)

    async def start_server(self, plan: LaunchPlan) -> ServerStatus:
        """Note it; the status is the view's."""
        self._note("start_server", plan)
        return self.view().server

    async def attach(
        self, url: str, api_key_env: str | None = None, *, model: str | None = None
    ) -> ServerStatus:
        """Note it; the status is the view's."""
        self._note("attach", url)
        return self.view().server

    async def stop_server(self) -> None:
        """Note it."""
        self._note("stop_server", None)

    async def start_load(self, scenario: Scenario) -> None:
        """Note it."""
        self._note("start_load", scenario)

    async def stop_load(self) -> None:
        """Note it."""
        self._note("stop_load", None)

    async def set_concurrency(self, concurrency: int) -> None:
        """Note it."""
        self._note("set_concurrency", concurrency)

    async def set_rate(self, rate: float) -> None:
        """Note it."""
        self._note("set_rate", rate)

    async def pause(self) -> None:
        """Note it."""
        self._note("pause", None)

    async def resume(self) -> None:
        """Note it."""
        self._note("resume", None)

    async def set_baseline(self, run_dir: str | None) -> None:
        """Note it."""
        self._note("set_baseline", run_dir)

    async def close(self, *, keep_server: bool = False) -> None:
        """Note it; never raises."""
        self.calls.append(("close", keep_server))

    def _note(self, method: str, argument: object) -> None:
        self.calls.append((method, argument))
        if self.error is not None:
            raise self.error
