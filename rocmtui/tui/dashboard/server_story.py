"""What the server is doing while there are no slots to show: its stages, its state, or why it ended."""

from __future__ import annotations

from rich.cells import cell_len

from rocmtui.core.server.state import Diagnosis, ServerState, ServerStatus
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Span, width_of
from rocmtui.tui.draw.wrapping import wrapped

PROOF_ROWS, MOST_ROWS = 3, 1000
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
        waited = text.seconds(view.at_ns - status.since_ns)
        begun: Line = [Span("◐ ", "warning"), Span("starting the server  "), Span(waited, "muted")]
        return (stage_lines(status, view.at_ns, width) or [begun])[-rows:]
    if status.diagnosis is not None:
        return _cut(_diagnosis(status.diagnosis, width), rows)
    sentence = _SENTENCES[status.state]
    if status.state is ServerState.READY and not status.facts.slots_endpoint:
        sentence = "This server does not show its slots (/slots is off)."
    return [*wrapped(sentence, width, "muted"), *wrapped(status.note or "", width)][:rows]


def story_rows(view: SessionView, width: int) -> int:
    """Lines of the story; of what proves a failure, which the log has too, the first few."""
    lines = len(draw_story(view, width, MOST_ROWS))
    proof = view.server.diagnosis.proof if view.server.diagnosis is not None else ()
    return lines - max(len(proof) - PROOF_ROWS, 0)


def stage_lines(
    status: ServerStatus, now_ns: int, width: int, spinner: str = "◐", role: str = "warning"
) -> list[Line]:
    """Each stage so far, with the time it took; the one under way behind the spinner."""
    ends_ns = [*(mark.at_ns for mark in status.stages[1:]), now_ns]
    last = status.stages[-1] if status.state is ServerState.STARTING and status.stages else None
    stages = (
        (stage_line(mark.name, end_ns - mark.at_ns, spinner if mark is last else "", role), mark.detail)
        for mark, end_ns in zip(status.stages, ends_ns, strict=False)
    )
    return [line for stage, detail in stages for line in _with_detail(stage, detail, width)]


def stage_line(name: str, took_ns: int, spinner: str = "", role: str = "") -> Line:
    """A stage; one under way has a spinner, which turns four times a second."""
    glyph = spinner[took_ns // 250_000_000 % len(spinner)] if spinner else "✓"
    return [
        Span(f"{glyph} ", role if spinner else "good"),
        Span(f"{clean_line(name, 24):<18} ", "title" if spinner else "text"),
        Span(f"{text.seconds(took_ns):>7}  ", "figure" if spinner else "muted"),
    ]


def _with_detail(stage: Line, detail: str, width: int) -> list[Line]:
    """What the stage says beside it, or below it where it does not fit."""
    said = clean_line(detail, 200)
    if width_of(stage) + cell_len(said) <= width:
        return [[*stage, Span(said, "muted")]]
    return [stage, *wrapped(said, width, "muted", lead=Span("    "))]


def _diagnosis(diagnosis: Diagnosis, width: int) -> list[Line]:
    return [
        *wrapped(cause_words(diagnosis), width, "title", lead=Span("✗ ", "bad")),
        *wrapped(diagnosis.remedy, width, lead=Span("→ ", "accent")),
        *([Span("│ ", "border"), Span(clean_line(line, width), "muted")] for line in diagnosis.proof),
    ]


def _cut(lines: list[Line], rows: int) -> list[Line]:
    """At most `rows`; the last one says how many are missing, and opens them."""
    if len(lines) <= rows:
        return lines
    more = f"… {len(lines) - rows + 1} more lines: 3, enter"
    return [*lines[: max(rows - 1, 0)], [Span(more, "accent", action="open_whole")]]


def failure_text(diagnosis: Diagnosis) -> str:
    """A failure as plain text: to be read whole, and for a bug report."""
    proof = "".join(f"\n> {clean_line(line)}" for line in diagnosis.proof)
    return f"{clean_line(cause_words(diagnosis), 1000)}\n{clean_line(diagnosis.remedy, 1000)}{proof}\n"


def cause_words(diagnosis: Diagnosis) -> str:
    """The cause with the exit status, which some causes name themselves; untrusted text."""
    status = diagnosis.exit_status
    return diagnosis.cause if not status or status in diagnosis.cause else f"{diagnosis.cause} ({status})"
