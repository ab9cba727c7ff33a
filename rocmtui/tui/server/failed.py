"""The server died under a run: what, why, the proof and what to do, over the dashboard that stays."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from rocmtui.core.server.state import ServerStatus
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dashboard.server_story import failure_text
from rocmtui.tui.dialogs.dialog import Dialog, DialogBox
from rocmtui.tui.server.failure_panel import UNKNOWN

FailedAnswer = Literal["restart", "edit", "stay"]


class ServerFailedScreen(Dialog[FailedAnswer]):
    """Ends in what the user wants: start it again, with other settings, or look at the run first."""

    DEFAULT_CSS = """
    ServerFailedScreen > DialogBox { border: round $error; border-title-color: $error; width: 100; }
    ServerFailedScreen .proof { height: auto; padding-left: 1; border-left: solid $line; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r,enter", "dismiss('restart')", "start again", key_display="r"),
        Binding("e", "dismiss('edit')", "settings", tooltip="other settings"),
        Binding("y", "copy", "copy", tooltip="copy why"),
        Binding("escape", "dismiss('stay')", "look at it", tooltip="look at the run", key_display="esc"),
    ]

    def __init__(self, status: ServerStatus, run_dir: str | None = None) -> None:
        super().__init__()
        self._diagnosis = status.diagnosis or UNKNOWN
        self._run_dir = run_dir

    def compose(self) -> ComposeResult:
        """What, why, proof, remedy, where the run is."""
        diagnosis = self._diagnosis
        status = f" · {clean_line(diagnosis.exit_status, 40)}" if diagnosis.exit_status else ""
        with DialogBox(f"✗ the server is gone{status}", *self.foot()):
            yield Static(clean_line(diagnosis.cause, 1000), classes="strong", markup=False)
            yield Static(f"try  {clean_line(diagnosis.remedy, 1000)}", classes="below", markup=False)
            if diagnosis.proof:
                yield Static("its log says", classes="quiet below", markup=False)
                proof = "\n".join(clean_line(line, 300) for line in diagnosis.proof[-12:])
                yield Static(proof, classes="proof", markup=False)
            if self._run_dir:
                kept = f"The run so far is kept in {clean_line(self._run_dir)}"
                yield Static(kept, classes="quiet below", markup=False)

    def action_copy(self) -> None:
        """Put the reason on the clipboard, through the terminal."""
        self.copy_out(failure_text(self._diagnosis))
