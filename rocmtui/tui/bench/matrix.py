"""The matrix of a bench as a panel: follows the row under way until one is chosen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from rocmtui.core.bench.view import BenchView
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms
from rocmtui.tui.bench.matrix_lines import MatrixLine, Place, matrix_head, matrix_lines, variants_shown
from rocmtui.tui.bench.work_screen import WorkDrawn
from rocmtui.tui.draw.lines import Line, Part, Span, choose
from rocmtui.tui.draw.panel import Panel

HEAD_LINES = 1
LEAST_INNER = 56
"""Cells inside the panel on the smallest screen; before the first layout there are none."""


class BenchMatrix(Panel, WorkDrawn[BenchView]):
    """Medians so far with a mark for each round, the change against the first variant, what it answers."""

    key = "1"
    KEYS = (("↑ ↓", "choose a row", "move(1)"), ("end", "follow", "follow"))
    HELP_TEXT = (
        "The median so far of each test, and its rounds: ● measured, ! measured but its audit warns, "
        "✗ failed, ◐ now, ○ to come. Bold is the best of its row; ▲ is better and ▼ worse than the "
        "baseline; the bar is the 95 % interval of the change. answers: how far from the "
        "first variant's next-token distributions."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "the row above", show=False),
        Binding("down", "move(1)", "the row below", show=False),
        Binding("pageup", "move(-10)", "page up", show=False),
        Binding("pagedown", "move(10)", "page down", show=False),
        Binding("left", "turn(-1)", "the variant before", show=False),
        Binding("right", "turn(1)", "the next variant", show=False),
        Binding("end", "follow", "follow the row under way", show=False),
    ]

    class Chosen(Message):
        """Another row is chosen, or is under way."""

    _chosen: Place | None = None
    _variant = 0
    """The first of the further variants that is shown where there is no room for all."""

    @property
    def keys_now(self) -> tuple[tuple[str, str, str], ...]:
        """The other variants are turned to where there is no room for all."""
        return (("← →", "variants", "turn(1)"), *self.KEYS) if self._hidden else self.KEYS

    @property
    def _hidden(self) -> int:
        """Variants that have no room."""
        every = len(self.work.plan.variants)
        return every - len(variants_shown(self.work, max(self.size.width - 4, LEAST_INNER)))

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Head, then as many rows as fit around the chosen one."""
        inner = width - 4
        lines = matrix_lines(self.work, inner, self._variant)
        rows = max(height - 2 - HEAD_LINES, 0)
        at = self._at(lines)
        first = min(max(at - rows // 2, 0), max(len(lines) - rows, 0))
        head = matrix_head(self.work, inner, _model_above(lines, first), self._variant)
        body = [_drawn(line, at == index, focused=self.has_focus) for index, line in enumerate(lines)]
        below = len(lines) - first - rows
        legend = [Span("● done  ! warned  ✗ failed  ◐ now  ○ to do   bold: best of its row", "muted")]
        more = [Part(0, [Span(f"{below} more below", "muted")])] if below > 0 else []
        if self._hidden:
            words = f"{forms.plural(self._hidden, 'more variant')}: ← →"
            more.insert(0, Part(0, [Span(words, "accent", action="turn(1)")]))
        foot = choose([Part(1, legend), *more], width - 6, gap=" · ", role="muted")
        right = [Span("tg = decode  pp = prefill  ttft = first token", "muted")]
        return self.framed((width, height), [*head, *body[first : first + rows]], "tests", right, foot)

    def lines_wanted(self, width: int) -> int:
        """Lines with the frame around them."""
        return len(matrix_lines(self.work, width - 4)) + HEAD_LINES + 2

    @property
    def place(self) -> Place | None:
        """The row that is chosen, or under way, or the first one."""
        lines = matrix_lines(self.work, max(self.size.width - 4, LEAST_INNER))
        return lines[self._at(lines)].place if lines else None

    def action_move(self, by: int) -> None:
        """Choose a row further up or down; it stays chosen until `end`."""
        lines = matrix_lines(self.work, max(self.size.width - 4, LEAST_INNER))
        places = [line.place for line in lines if line.place is not None]
        if places:
            now = lines[self._at(lines)].place
            at = places.index(now) if now in places else 0
            self._chosen = places[min(max(at + by, 0), len(places) - 1)]
            self._tell()

    def action_turn(self, by: int) -> None:
        """The variants further on or back; at either end round to the other."""
        if self._hidden:
            self._variant = (self._variant + by) % (self._hidden + 1)
            self.redraw()

    def action_follow(self) -> None:
        """Follow the row under way again."""
        self._chosen = None
        self._tell()

    def _tell(self) -> None:
        self.redraw()
        self.post_message(self.Chosen())

    def _at(self, lines: list[MatrixLine]) -> int:
        """The line of the chosen row; of the one under way; of the first."""
        now = self.work.current
        for index, line in enumerate(lines):
            place = line.place
            if place is None:
                continue
            chosen = self._chosen is not None and place == self._chosen
            under_way = (
                now is not None and now[1] == place.test.name and now[0] in (s.key for s in place.group)
            )
            if chosen or (self._chosen is None and under_way):
                return index
        return next((index for index, line in enumerate(lines) if line.place is not None), 0)


def _model_above(lines: list[MatrixLine], first: int) -> str:
    """Whose rows stand at the top, where the line with that name is out of sight."""
    above = (line.model for line in reversed(lines[:first]) if line.model)
    return "" if not lines[first:] or lines[first].model else next(above, "")


def _drawn(line: MatrixLine, chosen: bool, *, focused: bool) -> Line:
    """The chosen row with a sign at its left edge, where the panel has the focus."""
    if not chosen or not focused:
        return line.line
    first, *rest = line.line
    return [Span("›", "accent"), first._replace(text=first.text[1:]), *rest]
