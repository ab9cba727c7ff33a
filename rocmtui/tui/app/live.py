"""The app on a live session: from the launch screen to the dashboard, and everything one can open from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from textual.binding import Binding, BindingType
from textual.screen import Screen

from rocmtui.core.load.draft.fields import LoadDraft
from rocmtui.core.server.state import LaunchPlan, ServerState
from rocmtui.core.session.face_ports import Session
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import RocmtuiError
from rocmtui.tui.app.parts import AppParts
from rocmtui.tui.app.shelf import ShelfApp
from rocmtui.tui.app.work import live_dashboard
from rocmtui.tui.bench.long_work import LongWork
from rocmtui.tui.dialogs.quit import QuitAnswer, QuitScreen, must_ask, reasons_to_stay
from rocmtui.tui.draw.screen import is_a
from rocmtui.tui.launch.actions import LaunchActions
from rocmtui.tui.launch.screen import LaunchScreen

if TYPE_CHECKING:
    from rocmtui.tui.load.plan import LoadChoice
    from rocmtui.tui.server.attach import AttachChoice
    from rocmtui.tui.server.control import ServerAnswer
    from rocmtui.tui.server.failed import FailedAnswer

FIRST_LOAD = LoadDraft(duration="60s")
"""What the load plan opens with the first time: a load that ends."""


class LiveApp(ShelfApp):
    """`first`: a plan starts at once, a coroutine function is done behind the dashboard, None asks.

    `work`, a bench or a sweep, is run and shown at once instead. `fleet`: further servers that the load plan
    opens with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "load_plan", "load plan"),
        Binding("s", "server", "server"),
        Binding("o", "runs", "runs"),
        Binding("b", "bench", "bench"),
        Binding("W", "sweep", "sweep"),
        Binding("Q", "quit_choosing", "quit, the server stays or stops"),
    ]

    def __init__(
        self,
        session: Session,
        parts: AppParts,
        *,
        first: LaunchPlan | Callable[[], Awaitable[object]] | None = None,
        theme: str | None = None,
        work: LongWork | None = None,
        keep_server: bool = False,
        painted: Callable[[], object] = lambda: None,
        fleet: tuple[str, ...] = (),
    ) -> None:
        self._painted = painted
        self._fleet = fleet
        self._keep_server = keep_server
        self._first = first if work is None else self._run_given_work
        super().__init__(
            session,
            parts,
            work or LongWork(),
            first_screen=self._make_first,
            theme=theme,
            settings=parts.settings,
            startup=self._first if callable(self._first) else None,
            recorder=parts.recorder,
            result=parts.result,
        )
        self._told_failure_ns: int | None = None
        self.keeps_server = False
        """Whether the user chose to leave the server running."""

    @property
    def failure(self) -> Exception | None:
        """The error of ours that ended the app."""
        return self._exception

    def _handle_exception(self, error: Exception) -> None:
        """A screen that is half there when we leave may trip over itself: that is no fault to tell of."""
        if not self._exit:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Leave without drawing a traceback; who runs the app tells of it in one line."""
        self._close_messages_no_wait()

    def on_ready(self) -> None:
        """Painted: time for what takes longer. On the launch screen, say which server was left running."""
        self._painted()
        if self._fleet:
            words = forms.plural(len(self._fleet) + 1, "server")
            self.notify(f"A load goes to {words}: l plans it.", timeout=6, markup=False)
        if self._first is None:
            self.run_worker(self._tell_of_kept_servers(), group="kept")

    async def _tell_of_kept_servers(self) -> None:
        try:
            found = await self._parts.find_servers()
        except RocmtuiError:
            return  # the attach dialog searches again, and tells
        for server in found:
            if server.kept:
                words = clean_line(f"{server.url}: {server.words}", 200)
                self.notify(f"{words}. Press a to attach.", timeout=15, markup=False)

    def _make_first(self) -> Screen[Any]:
        if isinstance(self._first, LaunchPlan):
            return self._starting(self._first)
        return live_dashboard() if self._first is not None else self._launch()

    def _relaunch(self) -> None:
        """From the dashboard: Esc leads back there, also where the server was not started by us."""
        self.show_only(self._launch(before=self.view.server.plan, back=self._back_to_dashboard))

    def _launch(
        self,
        *,
        before: LaunchPlan | None = None,
        plan: LaunchPlan | None = None,
        back: Callable[[], object] | None = None,
    ) -> LaunchScreen:
        """For a restart with what was `before`, or another try of `plan`."""
        actions = LaunchActions(
            start=self._start,
            demo=self._demo,
            attach=self._ask_attach,
            runs=self.action_runs,
            past=self._parts.shelf.runs,
            back=back,
        )
        return LaunchScreen(self._parts.catalog, self._parts.settings, actions, before, plan)

    def _back_to_dashboard(self) -> None:
        self.show_only(live_dashboard())

    def _starting(self, plan: LaunchPlan) -> Screen[Any]:
        from rocmtui.tui.server.starting import StartActions, StartingScreen

        actions = StartActions(
            start=self._live_session.start_server,
            stop=self._live_session.stop_server,
            ready=self._back_to_dashboard,
            edit=lambda plan: self.show_only(self._launch(plan=plan)),
        )
        return StartingScreen(plan, actions)

    def _start(self, plan: LaunchPlan) -> None:
        self.show_only(self._starting(plan))

    def _demo(self) -> None:
        self.show_only(live_dashboard())
        self.perform(self._parts.demo)

    def watch_view(self, view: SessionView) -> None:
        """Draw it; a crash of the server under the dashboard is told in words, once."""
        super().watch_view(view)
        status = view.server
        if status.state is ServerState.READY:
            self._told_failure_ns = None
        crashed = status.state is ServerState.FAILED and is_a(self.screen, "live")
        if crashed and view.replay is None and self._told_failure_ns is None:
            from rocmtui.tui.server.failed import ServerFailedScreen

            self._told_failure_ns = status.since_ns
            self.push_screen(ServerFailedScreen(status, view.run_dir), self._after_failure)

    def _after_failure(self, answer: FailedAnswer | None) -> None:
        plan = self.view.server.plan
        if answer == "restart" and plan is not None:
            self._start(plan)
        elif answer == "edit":
            self._relaunch()

    def action_load_plan(self) -> None:
        """Plan a load, or change the one under way."""
        if is_a(self.screen, "live"):
            from rocmtui.core.server.words import what_a_load_lacks
            from rocmtui.tui.load.control import running_scenario
            from rocmtui.tui.load.plan import LoadPlanScreen

            running = running_scenario(self.view)
            lack = "; ".join(filter(None, what_a_load_lacks(self.view.server)))
            self.push_screen(LoadPlanScreen(self._last_draft(), running, lack), self._take_load)

    def _last_draft(self) -> LoadDraft:
        try:
            draft = self._parts.settings.read().load or FIRST_LOAD
        except RocmtuiError:
            draft = FIRST_LOAD
        return msgspec.structs.replace(draft, fleet=", ".join(self._fleet)) if self._fleet else draft

    def _take_load(self, choice: LoadChoice | None) -> None:
        if choice is not None:
            self.perform(lambda: self._apply(choice))

    async def _apply(self, choice: LoadChoice) -> None:
        """The plan is kept first: one that cannot start now can be had again."""
        from rocmtui.tui.load.control import apply_choice

        self.keep_setting(load=choice.draft)
        await apply_choice(self.session, choice, self.begin_load)

    def action_server(self) -> None:
        """Restart with other settings, attach elsewhere, stop."""
        if is_a(self.screen, "live"):
            from rocmtui.tui.server.control import ServerScreen

            self.push_screen(ServerScreen(self.view.server), self._after_server)

    def _after_server(self, answer: ServerAnswer | None) -> None:
        if answer == "restart":
            self._relaunch()
        elif answer == "attach":
            self._ask_attach()
        elif answer == "stop":
            self.perform(self.session.stop_server)

    def _ask_attach(self) -> None:
        from rocmtui.tui.server.attach import AttachScreen

        self.push_screen(AttachScreen(find=self._parts.find_servers), self._take_address)

    def _take_address(self, choice: AttachChoice | None) -> None:
        if choice is not None:
            self.notify(f"attaching to {choice.url} …", timeout=3, markup=False)
            self.perform(lambda: self._attach_to(choice))

    async def _attach_to(self, choice: AttachChoice) -> None:
        await self._live_session.attach(choice.url, choice.api_key_env, model=choice.model)
        self.show_only(live_dashboard())

    def action_quit_run(self) -> None:
        """Leave; asks first while a load runs, and where the server took long to load."""
        self.leave_replay()
        if self._work.running or (not self._keep_server and reasons_to_stay(self.view)):
            self.push_screen(QuitScreen(self.view, self._work.loss), self._quit)
        else:
            self.action_quit_now()

    def action_quit_now(self) -> None:
        """Leave at once: the run is kept, a server of ours is stopped unless it was to be kept."""
        self._quit("leave" if self._keep_server else "stop")

    def action_quit_choosing(self) -> None:
        """Leave, and choose whether a server of ours runs on."""
        self.leave_replay()
        if self._work.running or must_ask(self.view):
            self.push_screen(QuitScreen(self.view, self._work.loss), self._quit)
        else:
            self._quit("stop")

    def _quit(self, answer: QuitAnswer | None) -> None:
        if answer is not None:
            self.keeps_server = answer == "leave"
            self.exit(0)
