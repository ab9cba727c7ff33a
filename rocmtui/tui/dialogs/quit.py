"""Leaving: asks only when there is something to choose."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from rocmtui.core.server.state import ServerState
from rocmtui.core.session.view import SessionView
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dialogs.dialog import Dialog, DialogBox, Key, KeyRow

QuitAnswer = Literal["stop", "leave"]


def must_ask(view: SessionView) -> bool:
    """Whether a server of ours answers, which may be stopped or left running."""
    server = view.server
    ours = server.pid is not None and not server.attached
    return view.replay is None and ours and server.state is ServerState.READY


class QuitScreen(Dialog[QuitAnswer | None]):
    """Ends in `stop` (the server ends with us), `leave` (it runs on) or None (stay)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter,s", "dismiss('stop')", "stop the server and quit"),
        Binding("l", "dismiss('leave')", "leave the server running"),
        Binding("escape", "dismiss(None)", "stay"),
    ]

    def __init__(self, view: SessionView) -> None:
        super().__init__()
        self._server = view.server
        self._run_dir = view.run_dir

    def compose(self) -> ComposeResult:
        """The two ways to go."""
        where = clean_line(self._server.url or "", 80)
        with DialogBox("quit", Key("esc", "stay", "dismiss(None)")):
            leave = f"leave it running: pid {self._server.pid}, {where}"
            yield KeyRow(Key("q", "stop the server and quit", "dismiss('stop')"), classes="strong")
            yield KeyRow(Key("l", leave, "dismiss('leave')"))
            if self._run_dir:
                kept = f"The run is kept in {clean_line(self._run_dir, 300)}"
                yield Static(kept, classes="quiet below", markup=False)
