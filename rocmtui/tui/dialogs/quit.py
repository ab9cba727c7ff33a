"""Leaving: asks only when there is something to choose."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from rocmtui.core.server.state import ServerState
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dialogs.dialog import Dialog, DialogBox, Key, KeyRow

QuitAnswer = Literal["stop", "leave"]


def must_ask(view: SessionView) -> bool:
    """Whether a server of ours answers, which may be stopped or left running."""
    server = view.server
    ours = server.pid is not None and not server.attached
    return view.replay is None and ours and server.state is ServerState.READY


SLOW_START_NS = 30_000_000_000
"""A server that took longer to load is not thrown away for one key."""


def reasons_to_stay(view: SessionView) -> list[str]:
    """What would be lost by leaving now, in sentences."""
    server, live = view.server, view.live
    said = []
    if view.begins:
        said.append("A load begins: it ends here and its run is kept.")
    elif view.replay is None and live is not None and live.phase != "done":
        said.append("A load is running: it ends here and its run is kept.")
    started_ns = server.stages[0].at_ns if server.stages else server.since_ns
    took_ns = server.since_ns - started_ns
    if must_ask(view) and took_ns > SLOW_START_NS:
        said.append(f"The server took {forms.seconds(took_ns)} to load.")
    return said


class QuitScreen(Dialog[QuitAnswer | None]):
    """Ends in `stop` (the server ends with us), `leave` (it runs on) or None (stay)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter,s", "dismiss('stop')", "stop the server and quit"),
        Binding("l", "dismiss('leave')", "leave the server running"),
        Binding("escape", "dismiss(None)", "stay"),
    ]

    def __init__(self, view: SessionView, work: str = "") -> None:
        """`work`: what else would be lost, in a sentence."""
        super().__init__()
        self._server = view.server
        self._run_dir = view.run_dir
        self._reasons = [work] if work else reasons_to_stay(view)
        self._ours = must_ask(view) and not work
        self._words = (
            "stop the server and quit" if self._ours else "interrupt it and quit" if work else "quit"
        )

    def compose(self) -> ComposeResult:
        """The two ways to go."""
        where = clean_line(self._server.url or "", 80)
        with DialogBox("quit", Key("esc", "stay", "dismiss(None)")):
            for reason in self._reasons:
                yield Static(reason, classes="strong", markup=False)
            leave = f"leave it running: pid {self._server.pid}, {where}"
            yield KeyRow(Key("q", self._words, "dismiss('stop')"), classes="strong")
            if self._ours:
                yield KeyRow(Key("l", leave, "dismiss('leave')"))
            if self._run_dir:
                kept = f"The run is kept in {clean_line(self._run_dir, 300)}"
                yield Static(kept, classes="quiet below", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a server of ours can be left running."""
        return self._ours or parameters != ("leave",)
