"""The start of a server, from the first stage to ready or to the reason why not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

import msgspec
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from rocmtui.core.server.state import Diagnosis, LaunchPlan, ServerState, ServerStatus
from rocmtui.core.session.view import SessionView
from rocmtui.errors import RocmtuiError, ServerStartError
from rocmtui.tui.dashboard.server_story import failure_text
from rocmtui.tui.draw.bars import HeaderLine, KeyLine
from rocmtui.tui.draw.screen import TooSmall, ViewScreen
from rocmtui.tui.server.failure_panel import UNKNOWN, FailurePanel
from rocmtui.tui.server.stages_panel import StagesPanel, StartGpuPanel, StartLogPanel

LEAST_LOG = 5
"""Rows below which the log is left out."""
TALL = [(0, "-low"), (22, "-short"), (34, "-tall")]


class StartActions(msgspec.Struct, frozen=True):
    """What a start needs and leads to."""

    start: Callable[[LaunchPlan], Awaitable[ServerStatus]]
    """Returns when the server is ready or failed; may raise RocmtuiError."""
    stop: Callable[[], Awaitable[object]]
    ready: Callable[[], object]
    """The server answers: go on to the dashboard."""
    edit: Callable[[LaunchPlan], object]
    """Back to the launch screen."""


class StartingScreen(ViewScreen):
    """Starts a plan when shown; leaves when ready; stays with the reason when it failed."""

    DEFAULT_CSS = """
    StartingScreen #start-top { height: 14; }
    StartingScreen.-tall #start-top { height: 18; }
    StartingScreen.-low #start-top { height: 2fr; }
    StartingScreen StagesPanel, StartingScreen FailurePanel { width: 3fr; height: 1fr; }
    StartingScreen StartGpuPanel { width: 2fr; height: 1fr; }
    StartingScreen.-narrow StartGpuPanel { width: 36; }
    StartingScreen.-tight StartGpuPanel { display: none; }
    StartingScreen StartLogPanel { height: 1fr; }
    StartingScreen FailurePanel, StartingScreen #failed-keys { display: none; }
    StartingScreen.-failed FailurePanel, StartingScreen.-failed #failed-keys { display: block; }
    StartingScreen.-failed StagesPanel, StartingScreen.-failed #waiting-keys { display: none; }
    StartingScreen.-failed StartGpuPanel { display: none; }
    """
    VERTICAL_BREAKPOINTS = TALL
    LEAVE = Binding("escape", "leave", "cancel the start", tooltip="cancel", key_display="esc")
    QUIT = Binding("q", "app.quit_run", "quit")
    AFTER: ClassVar[list[Binding]] = [
        Binding("r,enter", "retry", "retry", key_display="r"),
        Binding("e", "edit", "edit the settings"),
        Binding("y", "copy", "copy why"),
    ]
    """Where it failed."""
    BINDINGS: ClassVar[list[BindingType]] = [LEAVE, *AFTER, QUIT]

    def __init__(self, plan: LaunchPlan, actions: StartActions) -> None:
        super().__init__()
        self.plan = plan
        self._actions = actions
        self._failure: Diagnosis | None = None

    def compose(self) -> ComposeResult:
        """Header, stages (or failure) beside the GPUs, log, keys."""
        yield TooSmall()
        yield HeaderLine()
        with Horizontal(id="start-top"):
            yield StagesPanel()
            yield FailurePanel()
            yield StartGpuPanel()
        yield StartLogPanel()
        yield KeyLine((self.LEAVE, self.QUIT), id="waiting-keys")
        yield KeyLine((*self.AFTER, self.QUIT), id="failed-keys")

    def on_mount(self) -> None:
        """Begin at once."""
        self.action_retry()

    def show_view(self, view: SessionView) -> None:
        """Draw; a failure is shown as soon as the session knows it."""
        if self.has_class("-failed") or view.server.state is not ServerState.FAILED:
            super().show_view(view)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Some keys wait for a failure."""
        return self._failure is not None or action not in ("retry", "edit", "copy")

    def action_retry(self) -> None:
        """Start, or start again with the same settings."""
        self._failure = None
        self.remove_class("-failed")
        self._make_room()
        self.run_worker(self._start(), group="start", exclusive=True)

    def action_edit(self) -> None:
        """Back to the settings."""
        self._actions.edit(self.plan)

    def action_copy(self) -> None:
        """Put the reason on the clipboard, through the terminal."""
        if self._failure is not None:
            self.app.copy_to_clipboard(failure_text(self._failure))
            self.notify("copied", timeout=3)

    def action_leave(self) -> None:
        """Cancel the start, or leave the failure behind."""
        if self._failure is None:
            self.rocmtui.perform(self._actions.stop)
        self._actions.edit(self.plan)

    async def _start(self) -> None:
        try:
            status = await self._actions.start(self.plan)
        except RocmtuiError as error:
            proof = error.proof if isinstance(error, ServerStartError) else ()
            said = Diagnosis(code="error", cause=error.message, remedy=error.remedy or "", proof=proof)
            self._show_failure(said)
            return
        if status.state is ServerState.READY:
            self._actions.ready()
        elif status.state is ServerState.FAILED:
            self._show_failure(status.diagnosis or UNKNOWN)
        else:
            self._actions.edit(self.plan)

    def _show_failure(self, diagnosis: Diagnosis) -> None:
        self._failure = diagnosis
        if not self.query(FailurePanel):  # the user went on meanwhile
            return
        panel = self.query_one(FailurePanel)
        panel.said = diagnosis
        panel.heading = "the server did not start"
        self.add_class("-failed")
        self._make_room()
        self.set_focus(panel)
        self.call_after_refresh(self.catch_up)

    def on_resize(self, event: events.Resize) -> None:
        """Other lines, other rows."""
        super().on_resize(event)
        self._make_room()

    def _make_room(self) -> None:
        """Cause and remedy are whole before the log has rows, and the proof while the log keeps a few."""
        top, log = self.query_one("#start-top"), self.query_one(StartLogPanel)
        if self._failure is None:
            top.styles.height, log.display = None, True
            return
        told, whole = self.query_one(FailurePanel).rows_wanted(self.size.width)
        room = self.size.height - 2
        log.display = told + LEAST_LOG <= room
        top.styles.height = min(whole, room - LEAST_LOG) if log.display else room
