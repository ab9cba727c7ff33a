"""Why a server failed: what happened, the lines that prove it, and what to try."""

from __future__ import annotations

from rocmtui.core.server.state import Diagnosis
from rocmtui.core.session.view import SessionView
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dashboard.server_story import cause_words
from rocmtui.tui.draw.lines import Line, Span, frame
from rocmtui.tui.draw.panel import Panel
from rocmtui.tui.draw.wrapping import wrapped

UNKNOWN = Diagnosis(
    code="unknown",
    cause="The server is gone and said nothing of why.",
    remedy="Look at its log below; start it again with the same settings or with others.",
)


class FailurePanel(Panel):
    """Draws a diagnosis; `said` stands in where the session has none."""

    HELP_TEXT = "From llama-server's last words and how it ended."
    said: Diagnosis | None = None
    heading: str = "the server failed"

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """The diagnosis."""
        return (view.server.diagnosis, self.said, self.heading)

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Cause, remedy, proof: the proof is cut first."""
        diagnosis = self.said or view.server.diagnosis or UNKNOWN
        right: Line = [Span(clean_line(diagnosis.exit_status, 40), "bad")] if diagnosis.exit_status else []
        body = failure_lines(diagnosis, width - 4, height - 2)
        return frame((width, height), body, title=[Span(f"✗ {self.heading}", "bad")], right=right)


def failure_lines(diagnosis: Diagnosis, width: int, rows: int) -> list[Line]:
    """What happened, what to try, what proves it, in at most so many lines."""
    cause = wrapped(diagnosis.cause, width, "title")
    lines: list[Line] = [*cause, [], *wrapped(diagnosis.remedy, width, lead=Span("try  ", "accent"))]
    room = rows - len(lines) - 2
    if diagnosis.proof and room > 0:
        shown = diagnosis.proof[-room:]
        lines += [[], [Span("its log says", "muted")]]
        lines += [[Span("│ ", "border"), Span(clean_line(line, width - 2), "text")] for line in shown]
    return lines[:rows]


def copy_text(diagnosis: Diagnosis) -> str:
    """The failure as plain text, for a bug report."""
    proof = "".join(f"\n> {clean_line(line)}" for line in diagnosis.proof)
    return f"{clean_line(cause_words(diagnosis), 1000)}\n{clean_line(diagnosis.remedy, 1000)}{proof}\n"
