"""Why a server failed: what happened, the lines that prove it, and what to try."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from rocmtui.core.server.state import Diagnosis
from rocmtui.core.session.view import SessionView
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Span, frame
from rocmtui.tui.draw.panel import Panel
from rocmtui.tui.draw.wrapping import wrapped

UNKNOWN = Diagnosis(
    code="unknown",
    cause="The server is gone and said nothing of why.",
    remedy="Look at its log below; start it again with the same settings or with others.",
)


class FailurePanel(Panel):
    """Draws a diagnosis, scrolled where it is longer; `said` stands in where the session has none."""

    HELP_TEXT = "From llama-server's last words and how it ended."
    KEYS = (("↑ ↓", "more of it", "scroll(1)"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        ("up", "scroll(-1)", "up"),
        ("down", "scroll(1)", "down"),
        ("pageup", "scroll(-5)", "page up"),
        ("pagedown", "scroll(5)", "page down"),
    ]
    said: Diagnosis | None = None
    heading: str = "the server failed"
    _first = 0
    """How many lines of cause and remedy are above the panel."""

    @property
    def keys_now(self) -> tuple[tuple[str, str, str], ...]:
        """Nothing is to be scrolled where all of it is seen."""
        return self.KEYS if self._hidden else ()

    @property
    def _hidden(self) -> int:
        """Lines of cause and remedy there is no room for."""
        return max(len(told_lines(self._diagnosis, self.size.width - 4)) - self.size.height + 2, 0)

    @property
    def _diagnosis(self) -> Diagnosis:
        return self.said or self.session_view.server.diagnosis or UNKNOWN

    def rows_wanted(self, width: int) -> tuple[int, int]:
        """Rows with which cause and remedy are whole, and those with which all of it is; with the frame."""
        told, proof = told_lines(self._diagnosis, width - 4), proof_lines(self._diagnosis, width - 4)
        return len(told) + 2, len(told) + 2 + (len(proof) + 2 if proof else 0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key is offered that would do nothing."""
        return action != "scroll" or self._hidden > 0

    def action_scroll(self, lines: int) -> None:
        """Go on in cause and remedy."""
        self._first = min(max(self._first + lines, 0), self._hidden)
        self.redraw()

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """The diagnosis."""
        return (view.server.diagnosis, self.said, self.heading)

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Cause, remedy, proof: the proof is cut first."""
        diagnosis = self._diagnosis
        right: Line = [Span(clean_line(diagnosis.exit_status, 40), "bad")] if diagnosis.exit_status else []
        rows = height - 2
        body = failure_lines(diagnosis, width - 4, rows + self._first)[self._first :]
        below = self._hidden - self._first
        foot = [Span(f"{below} lines below", "accent", action="scroll(1)")] if below > 0 else []
        title = [Span(f"✗ {self.heading}", "bad")]
        return frame((width, height), body, title=title, right=right, foot=foot)


def told_lines(diagnosis: Diagnosis, width: int) -> list[Line]:
    """What happened and what to try."""
    cause = wrapped(diagnosis.cause, width, "title")
    return [*cause, [], *wrapped(diagnosis.remedy, width, lead=Span("try  ", "accent"))]


def failure_lines(diagnosis: Diagnosis, width: int, rows: int) -> list[Line]:
    """What happened, what to try, what proves it, in at most so many lines."""
    lines = told_lines(diagnosis, width)
    room = rows - len(lines) - 2
    if diagnosis.proof and room > 0:
        lines += [[], [Span("its log says", "muted")], *proof_lines(diagnosis, width)[-room:]]
    return lines[:rows]


def proof_lines(diagnosis: Diagnosis, width: int) -> list[Line]:
    """What its log says, each line over as many as it takes."""
    mark = Span("│ ", "border")
    return [[mark, *line[1:]] for said in diagnosis.proof for line in wrapped(said, width, lead=mark)]
