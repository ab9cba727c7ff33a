"""Server control: what runs, how it was started, and what can be done with it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from rocmtui.core.server.state import ServerState, ServerStatus
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.sizes import slots_text
from rocmtui.tui.dialogs.dialog import Dialog, DialogBox, Key, KeyRow

ServerAnswer = Literal["restart", "attach", "stop"]
ALIVE = (ServerState.STARTING, ServerState.READY, ServerState.UNRESPONSIVE)
CHOICES: tuple[tuple[str, ServerAnswer, str], ...] = (
    ("r", "restart", "start again with other settings; before and after are shown"),
    ("a", "attach", "attach to another server"),
    ("x", "stop", "stop it; the run is kept"),
)


class ServerScreen(Dialog[ServerAnswer | None]):
    """Ends in what is to be done, or None. A server we did not start is never stopped by us."""

    DEFAULT_CSS = """
    ServerScreen > DialogBox { width: 92; }
    ServerScreen .fact { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "answer('restart')", "other settings", show=False),
        Binding("a", "answer('attach')", "attach", show=False),
        Binding("x", "answer('stop')", "stop", show=False),
        Binding("y", "copy", "copy command", tooltip="copy the command line"),
        Binding("escape,s", "dismiss(None)", "back", key_display="esc"),
    ]

    def __init__(self, status: ServerStatus) -> None:
        super().__init__()
        self._status = status

    def compose(self) -> ComposeResult:
        """Facts, then the keys."""
        with DialogBox("server", *self.foot()):
            for fact in server_facts(self._status):
                yield Static(fact, classes="fact", markup=False)
            for at, (key, answer, words) in enumerate(CHOICES):
                if self._can(answer):
                    row = Key(key, words, f"answer('{answer}')")
                    yield KeyRow(row, classes="below" if at == 0 else "fact")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A server that runs elsewhere has no command line here."""
        return action != "copy" or bool(self._status.command)

    def _can(self, answer: ServerAnswer) -> bool:
        return answer != "stop" or (self._status.state in ALIVE and not self._status.attached)

    def action_answer(self, answer: ServerAnswer) -> None:
        """End, where it makes sense."""
        if self._can(answer):
            self.dismiss(answer)
        else:
            why = "rocmtui did not start it" if self._status.attached else "no server is running"
            self.notify(f"not stopped: {why}", severity="warning")

    def action_copy(self) -> None:
        """Put the command line on the clipboard, through the terminal."""
        self.copy_out(shlex.join(self._status.command), "command line copied")


def server_facts(status: ServerStatus) -> Iterator[str]:
    """What is known of it, a line each."""
    attached = ", attached" if status.attached else ""
    pid = f", pid {status.pid}" if status.pid else ""
    yield f"{status.state.value}{attached}{pid}" + (f", {clean_line(status.url, 80)}" if status.url else "")
    facts = status.facts
    if facts.model:
        known = [
            facts.model and forms.model_name(facts.model),
            facts.quantization,
            facts.backend,
            facts.build,
        ]
        yield " ".join(clean_line(word, 60) for word in known if word)
    if facts.parallel and facts.n_ctx:
        yield f"{slots_text(facts.parallel)} × {forms.count(facts.n_ctx)} tokens of context"
    if status.binary_source:
        yield f"binary from {clean_line(status.binary_source, 80)}"
    for setting in status.environment:
        yield clean_line(setting, 200)
    if status.command:
        yield clean_line(shlex.join(status.command), 1000)
    if status.note:
        yield clean_line(status.note, 400)
