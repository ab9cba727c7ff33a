"""The chosen row of a bench, round by round: where each round of each variant lies on one scale."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.bench.summary import Figure, SummaryRow
from rocmtui.core.bench.view import BenchView
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.sizes import slots_text
from rocmtui.tui.bench.matrix_lines import Place, summary_of
from rocmtui.tui.bench.work_screen import WorkDrawn
from rocmtui.tui.draw.lines import Line, Span, cut
from rocmtui.tui.draw.panel import Panel

NAME_CELLS = 16
SPREAD = 0.02
"""A scale is at least so much of its middle to each side: rounds that agree stand together."""


class RoundsPanel(Panel, WorkDrawn[BenchView]):
    """A line for each variant, a dot for each round."""

    key = "3"
    HELP_TEXT = "Each round of the chosen row on one scale: how far the rounds of a variant agree."

    place: Place | None = None

    def choose(self, place: Place | None) -> None:
        """Show another row."""
        if place != self.place:
            self.place = place
            self.redraw()

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """The scale, then the variants."""
        row = None if self.place is None else summary_of(self.work, self.place.group[0], self.place.test)
        name = "round by round"
        if row is not None:
            name = f"{name}: {slots_text(row.parallel)} {row.words}"
        unit = [Span(row.unit, "muted")] if row is not None else []
        return self.framed((width, height), draw_rounds(row, width - 4), name, unit)


def draw_rounds(row: SummaryRow | None, width: int) -> list[Line]:
    """The scale, and a line for each variant."""
    values = [] if row is None else [v for figure in row.figures for v in figure.rounds if v is not None]
    if row is None or not values:
        return [[Span("No round of this row is done yet.", "muted")]]
    middle = (min(values) + max(values)) / 2
    low = min(min(values), middle * (1 - SPREAD))
    high = max(max(values), middle * (1 + SPREAD))
    room = max(width - NAME_CELLS - 2, 10)
    return [_scale(low, high, room), *(_dots(figure, low, high, room) for figure in row.figures)]


def _scale(low: float, high: float, room: int) -> Line:
    steps = max(min(room // 14, 5), 2)
    cells = [" "] * (room + 8)
    for step in range(steps):
        value = low + (high - low) * step / (steps - 1)
        label = forms.figure(value)
        at = min(round(step / (steps - 1) * (room - 1)), room - len(label))
        cells[at : at + len(label)] = label
    return [Span(" " * NAME_CELLS), Span("".join(cells[:room]), "muted")]


def _dots(figure: Figure, low: float, high: float, room: int) -> Line:
    cells = ["·"] * room
    for value in _known(figure.rounds):
        at = round((value - low) / (high - low or 1.0) * (room - 1))
        cells[at] = "◉" if cells[at] in "●◉" else "●"
    name = cut(clean_line(figure.variant, 40), NAME_CELLS - 1)
    return [Span(f"{name:<{NAME_CELLS}}", "text"), Span("".join(cells), "decode")]


def _known(rounds: Sequence[float | None]) -> list[float]:
    return [value for value in rounds if value is not None]
