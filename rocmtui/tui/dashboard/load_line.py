"""What the load does, the SLOs, and every warning about the figures, in one or two lines."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, Scenario
from rocmtui.core.load.slo import value_text
from rocmtui.core.load.snapshot import LiveSnapshot, SloState
from rocmtui.core.server.state import ServerState
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Part, Span, choose, fit, width_of
from rocmtui.tui.draw.meters import meter
from rocmtui.tui.draw.panel import Drawn
from rocmtui.tui.draw.wrapping import wrapped

BEGINS = "beginning: first a look at what the server answers (x ends it)"

MOST_BAR = 60
"""Cells of the bar of what is done."""
MOST_WARNING_LINES = 2
"""The events have it whole."""


class LoadLine(Drawn):
    """What the load does, the SLOs, and every warning about the figures."""

    wanted: str = ""
    """What the user just asked for, shown until a snapshot says it happened."""

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """The live snapshot, the scenario, whether another load begins, and whether one could."""
        return (view.live, view.scenario, view.begins, self.wanted, view.server.state)

    def show_view(self, view: SessionView) -> None:
        """Take more lines where there is a warning to show."""
        height = 1 + len(_warning_lines(view.live, self.size.width))
        if self.size.height != height:
            self.styles.height = height
        super().show_view(view)

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Load and SLOs; more lines for warnings where there are some."""
        live = view.live
        wanted = self.wanted or (BEGINS if view.begins else "")
        if live is None:
            said = Span(f" {wanted}", "accent") if wanted else Span(_none_yet(view), "muted")
            return [fit([Span(" load ", "title"), said], width)]
        line = choose(_load_parts(live, view.scenario, wanted, width - 2), width - 2)
        return [fit([Span(" "), *line], width), *_warning_lines(live, width)]


def _none_yet(view: SessionView) -> str:
    can_plan = view.replay is None and view.server.state is ServerState.READY
    return "none yet: l plans one" if can_plan else "none yet"


def _load_parts(live: LiveSnapshot, scenario: Scenario | None, wanted: str, width: int) -> list[Part]:
    parts = [Part(0, _state(live)), Part(1, _shape(live, scenario, wanted)), Part(2, _progress(live, width))]
    errors = [
        Span(text.count(live.failed), "bad" if live.failed else "text", "failed"),
        Span(" failed", "muted"),
    ]
    parts.append(Part(0 if live.failed else 1, errors))
    needed = sum(width_of(part.spans) + 2 for part in parts)
    parts.append(Part(0, _slos(live.slo, max(width - needed, 24))))
    parts.append(Part(30, [Span("in flight ", "muted"), Span(str(live.in_flight), "text", "in_flight")]))
    if live.queued or live.prefilling or live.decoding:
        shares = f"queue {live.queued} prefill {live.prefilling} decode {live.decoding}"
        parts.append(Part(31, [Span(shares, "muted", "in_flight")]))
    parts.append(Part(32, [Span(text.clock(live.elapsed_ns), "muted", "elapsed")]))
    return [part for part in parts if part.spans]


def _state(live: LiveSnapshot) -> Line:
    if live.paused:
        return [Span("❚❚ paused", "warning", "phase")]
    role = {"measured": "good", "warmup": "warning", "preparing": "warning"}.get(live.phase, "muted")
    return [Span("load ", "title"), Span(live.phase, role, "phase")]


def _shape(live: LiveSnapshot, scenario: Scenario | None, wanted: str) -> Line:
    shape = scenario.shape if scenario else None
    if live.concurrency is not None or isinstance(shape, ClosedLoop):
        line = [Span(text.plural(live.concurrency or 0, "worker"), "figure", "concurrency")]
    elif live.rate is not None or isinstance(shape, OpenLoop):
        arrivals = f" {shape.arrivals}" if isinstance(shape, OpenLoop) else ""
        line = [Span(f"{live.rate or 0:g} requests/s", "figure", "rate"), Span(arrivals, "muted")]
    else:
        line = []
    return [*line, Span(f" {wanted}", "accent")] if wanted else line


def _progress(live: LiveSnapshot, width: int) -> Line:
    if live.planned:
        done = live.completed + live.failed
        bar = min(max(width // 2 - 50, 0), MOST_BAR)
        return [
            *meter(done / live.planned, bar, "accent", "completed"),
            Span(f"{' ' * (bar > 0)}{text.count(done)}/{text.count(live.planned)}", "text", "completed"),
        ]
    return [Span(text.count(live.completed), "text", "completed"), Span(" done", "muted")]


def _slos(states: Sequence[SloState], room: int) -> Line:
    """Missed ones first, as many as fit, and how many more there are of each kind."""
    line: Line = []
    waiting = sorted(states, key=lambda state: (state.met is not False, state.met is not None))
    while waiting:
        shown = _slo(waiting[0].expression, waiting[0].value, waiting[0].met)
        rest = _more(waiting[1:])
        if line and width_of(line) + 2 + width_of(shown) + width_of(rest) > room:
            return [*line, *_more(waiting)]
        line += [*([Span("  ")] if line else []), *shown]
        waiting.pop(0)
    return line


def _more(states: Sequence[SloState]) -> Line:
    missed = sum(state.met is False for state in states)
    line = [Span(f"  +{missed} ✗", "bad", "slo")] if missed else []
    rest = len(states) - missed
    return [*line, Span(f"  +{rest}", "muted", "slo")] if rest else line


def _slo(expression: str, value: float | None, met: bool | None) -> Line:
    mark, role = ("✓", "good") if met else ("✗", "bad") if met is False else ("·", "muted")
    shown = [Span(f" {value_text(expression, value)}", role, "slo")] if value is not None else []
    return [Span(clean_line(expression, 40), "muted", "slo"), Span(f" {mark}", role, "slo"), *shown]


def _warning_lines(live: LiveSnapshot | None, width: int) -> list[Line]:
    """The first warning over a line or two, and where the others and its end are told."""
    if live is None or not live.warnings:
        return []
    rest = len(live.warnings) - 1
    more = [Span(f"  and {rest} more: 7", "accent", action="screen.only('7')")] if rest else []
    lead, room = Span(" ⚠ ", "warning"), width - width_of(more)
    lines = wrapped(live.warnings[0], room, "warning", lead=lead)
    if len(lines) > MOST_WARNING_LINES:
        lines[MOST_WARNING_LINES - 1].append(Span(" …: 7", "accent", action="screen.only('7')"))
    shown = lines[:MOST_WARNING_LINES]
    tagged = [[line[0], line[1]._replace(tag="audit"), *line[2:]] for line in shown]
    return [fit(line, width) for line in (*tagged[:-1], [*tagged[-1], *more])]
