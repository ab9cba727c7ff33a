"""What the app does with its session: takes the newest view, asks for what a user wants, steers the load."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from textual.app import App
from textual.reactive import reactive

from rocmtui.core.load.prompts import without_nonce
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.session.face_ports import Session
from rocmtui.core.session.view import SessionView
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import RocmtuiError
from rocmtui.tui.dashboard.load_line import BEGINS, LoadLine


class Wanted(NamedTuple):
    """A change of the load that was asked for and not seen yet."""

    words: str
    concurrency: int | None = None
    rate: float | None = None
    paused: bool | None = None
    ended: bool = False
    begun: bool = False

    def is_met(self, live: LiveSnapshot) -> bool:
        """Whether the snapshot shows it done, or nothing is left to be changed."""
        if self.begun:
            return live.phase != "done"
        return live.phase == "done" or (
            not self.ended
            and self.concurrency in (None, live.concurrency)
            and self.rate in (None, live.rate)
            and self.paused in (None, live.paused)
        )


class SessionApp(App[int]):
    """Every action goes to the session; its refusal is told. It may change while the app runs."""

    view: reactive[SessionView] = reactive(SessionView(), repaint=False, always_update=True, init=False)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._wanted: Wanted | None = None

    def poll(self) -> None:
        """Take the session's view if it is a new one."""
        view = self.session.view()
        if view is not self.view:
            self.view = view

    def see_what_is_met(self, view: SessionView) -> None:
        """Take away the words of a change once a snapshot shows it done."""
        if self._wanted is not None and view.live is not None and self._wanted.is_met(view.live):
            self._want(None)

    def perform(self, action: Callable[[], Awaitable[object]]) -> None:
        """Run a session action in the background; its error is shown, never lost."""

        async def run() -> None:
            try:
                await action()
            except RocmtuiError as error:
                self._want(None)
                self._tell_error(error)
            self.poll()

        self.run_worker(run(), group="session", exclusive=False)

    def action_more(self) -> None:
        """One worker more, or a tenth more requests a second."""
        self._change_load(1)

    def action_fewer(self) -> None:
        """One worker less (at least one stays), or a tenth fewer requests a second."""
        self._change_load(-1)

    def action_pause(self) -> None:
        """Pause the load, or let it go on."""
        live = self._load_under_way()
        if live is None:
            self.notify("There is no load to pause.", markup=False)
            return
        self._want(Wanted("…resuming" if live.paused else "…pausing", paused=not live.paused))
        self.perform(self.session.resume if live.paused else self.session.pause)

    def action_stop_load(self) -> None:
        """End the load; its run is kept."""
        if self._load_under_way() is None and not self.view.begins:
            self.notify("There is no load to stop.", markup=False)
            return
        self._want(Wanted("…stopping; its run is kept", ended=True))
        self.perform(self._stop_load)

    async def _stop_load(self) -> None:
        await self.session.stop_load()
        self._want(None)

    async def begin_load(self, scenario: Scenario) -> None:
        """Begin a load, and say so until it is seen: the server is asked short questions first."""
        self._want(Wanted(BEGINS, begun=True))
        await self.session.start_load(without_nonce(scenario))

    def _load_under_way(self) -> LiveSnapshot | None:
        live = self.view.live
        return live if live is not None and live.phase != "done" else None

    def _change_load(self, step: int) -> None:
        live = self._load_under_way()
        if live is None:
            self.notify("There is no load to change.", markup=False)
        elif live.rate is not None and live.concurrency is None:
            rate = max(round(live.rate * (1 + 0.1 * step), 3), 0.001)
            self._want(Wanted(f"→ {rate:g}", rate=rate))
            self.perform(lambda: self.session.set_rate(rate))
        else:
            asked = self._wanted.concurrency if self._wanted is not None else None
            wanted = max((asked or live.concurrency or 1) + step, 1)
            self._want(Wanted(f"→ {wanted}", concurrency=wanted))
            self.perform(lambda: self.session.set_concurrency(wanted))

    def _tell_error(self, error: RocmtuiError) -> None:
        remedy = f" ({error.remedy})" if error.remedy else ""
        self.notify(clean_line(f"{error.message}{remedy}"), severity="error", markup=False)

    def _want(self, wanted: Wanted | None) -> None:
        """Say at once what was asked for; the snapshot that shows it done takes the words away."""
        self._wanted = wanted
        for line in self.screen.query(LoadLine):
            line.wanted = wanted.words if wanted is not None else ""
            line.redraw()
