"""What the server is doing while there are no slots to show: its stages, its state, or why it ended."""

from __future__ import annotations

from rocmtui.core.server.state import Diagnosis, ServerState, ServerStatus
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Span
from rocmtui.tui.draw.wrapping import wrapped

_SENTENCES = {
    ServerState.STOPPED: "No server is running.",
    ServerState.READY: "The server is ready; it has not shown its slots yet.",
    ServerState.UNRESPONSIVE: "The server's process lives, but it does not answer. Waiting.",
    ServerState.STOPPING: "The server is stopping.",
    ServerState.FAILED: "The server failed.",
}


def draw_story(view: SessionView, width: int, rows: int) -> list[Line]:
    """At most `rows` lines; of a long list of stages the newest are kept."""
    status = view.server
    if status.state is ServerState.STARTING:
        return _stages(status, view.at_ns, rows)
    if status.diagnosis is not None:
        return _diagnosis(status.diagnosis, width)[:rows]
    sentence = _SENTENCES[status.state]
    if status.state is ServerState.READY and not status.facts.slots_endpoint:
        sentence = "This server does not show its slots (/slots is off)."
    return [*wrapped(sentence, width, "muted"), *wrapped(status.note or "", width)][:rows]


def _stages(status: ServerStatus, now_ns: int, rows: int) -> list[Line]:
    marks = status.stages
    if not marks:
        waited = text.seconds(now_ns - status.since_ns)
        return [[Span("◐ ", "warning"), Span("starting the server  "), Span(waited, "muted")]]
    ends = [mark.at_ns for mark in marks[1:]] + [now_ns]
    lines: list[Line] = []
    for index, (mark, end_ns) in enumerate(zip(marks, ends, strict=True)):
        running = index == len(marks) - 1
        lines.append(
            [
                Span("◐ " if running else "✓ ", "warning" if running else "good"),
                Span(f"{clean_line(mark.name, 24):<18} ", "title" if running else "text"),
                Span(f"{text.seconds(end_ns - mark.at_ns):>7}  ", "figure" if running else "muted"),
                Span(clean_line(mark.detail, 200), "muted"),
            ]
        )
    return lines[-rows:]


def _diagnosis(diagnosis: Diagnosis, width: int) -> list[Line]:
    return [
        *wrapped(cause_words(diagnosis), width, "title", lead=Span("✗ ", "bad")),
        *wrapped(diagnosis.remedy, width, lead=Span("→ ", "accent")),
        *([Span("│ ", "border"), Span(clean_line(line, width), "muted")] for line in diagnosis.proof),
    ]


def cause_words(diagnosis: Diagnosis) -> str:
    """The cause with the exit status, which some causes name themselves; untrusted text."""
    status = diagnosis.exit_status
    return diagnosis.cause if not status or status in diagnosis.cause else f"{diagnosis.cause} ({status})"
