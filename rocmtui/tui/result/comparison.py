"""Two runs side by side: the sentence first, each metric with its interval as a bar, what differs."""

from __future__ import annotations

import textwrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from rocmtui.core.compare.sentence import sentences
from rocmtui.core.compare.text import comparison_text
from rocmtui.core.compare.verdicts import Comparison, Row
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dialogs.dialog import Dialog, DialogBox, Key
from rocmtui.tui.draw.lines import Line, Span, cut, fit
from rocmtui.tui.draw.panel import Drawn

ROLES = {"better": "good", "worse": "bad", "different": "text"}
TITLE, FIGURE, UNIT, CHANGE = 26, 9, 6, 9
LEAST_BAR = 17
REACH = 0.2
"""Change at the ends of the bars; what goes further is cut there and marked."""


class CompareScreen(Dialog[None]):
    """Scrolls; y copies it as text."""

    DEFAULT_CSS = "CompareScreen > DialogBox { width: 96%; max-width: 130; padding: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q", "dismiss", "back"),
        ("y", "copy", "copy as text"),
        ("up", "scroll(-1)", "up"),
        ("down", "scroll(1)", "down"),
        ("pageup", "scroll(-10)", "page up"),
        ("pagedown", "scroll(10)", "page down"),
    ]

    def __init__(self, comparison: Comparison, title: str) -> None:
        super().__init__()
        self._comparison = comparison
        self._title = title

    def compose(self) -> ComposeResult:
        """The drawing."""
        with DialogBox(self._title, Key("y", "copy", "copy"), Key("esc", "back", "dismiss")):
            yield ComparisonBody(self._comparison)

    def action_scroll(self, lines: int) -> None:
        """Move the page."""
        self.query_one(DialogBox).scroll_relative(y=lines, animate=False)

    def action_copy(self) -> None:
        """Put the comparison on the clipboard, through the terminal."""
        self.app.copy_to_clipboard(comparison_text(self._comparison))
        self.notify("copied", timeout=3)


class ComparisonBody(Drawn):
    """As many lines as it takes at this width."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self._comparison = comparison
        self.styles.height = len(draw_comparison(comparison, 100))

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Sentences, metrics, differences, warnings."""
        lines = draw_comparison(self._comparison, width)
        if self.styles.height is None or self.styles.height.value != len(lines):
            self.styles.height = len(lines)
        return [fit(line, width) for line in lines][:height]


def draw_comparison(comparison: Comparison, width: int) -> list[Line]:
    """Nothing is cut but names of metrics on a narrow screen; the bars go where there is no room for them."""
    bar = width - TITLE - 2 * FIGURE - UNIT - CHANGE - 4
    bar = bar - 1 + bar % 2 if bar >= LEAST_BAR else 0
    lines: list[Line] = [line for said in sentences(comparison) for line in _wrapped(said, width, "strong")]
    head = f"{'':<{TITLE}}{'A':>{FIGURE}}{'B':>{FIGURE}} {'':<{UNIT}}{'change':>{CHANGE}}"
    scale = f"worse −20 %{'0':^{max(bar - 22, 1)}}+20 % better" if bar > 30 else ""
    lines += [[], [Span(head, "muted"), Span(f"  {scale}", "muted")]]
    lines += [_row(row, bar) for row in comparison.rows]
    sides = (f"A  {comparison.a}", f"B  {comparison.b}")
    lines += [[], *(line for side in sides for line in _wrapped(side, width, "muted"))]
    lines += [line for said in comparison.differences for line in _wrapped(f"differs: {said}", width, "text")]
    return lines + [line for said in comparison.warnings for line in _wrapped(f"⚠ {said}", width, "warning")]


def _row(row: Row, bar: int) -> Line:
    role = ROLES.get(row.verdict.kind, "muted")
    change = row.verdict.change
    said = {"same": "same", "undecided": "too few"}.get(row.verdict.kind, "")
    shown = said or (forms.change(change.estimate) if change is not None else "")
    return [
        Span(f"{cut(clean_line(row.title, 60), TITLE - 1):<{TITLE}}", "text"),
        Span(f"{forms.figure(row.a):>{FIGURE}}{forms.figure(row.b):>{FIGURE}} ", "figure"),
        Span(f"{row.unit:<{UNIT}}", "muted"),
        Span(f"{shown:>{CHANGE}}", role),
        Span(f"  {_interval(row, bar)}", role),
    ]


def _interval(row: Row, bar: int) -> str:
    """`├──■──┤` on a scale with zero in the middle; better is to the right."""
    change = row.verdict.change
    if bar < LEAST_BAR or change is None or change.interval is None:
        return ""
    sign = -1 if row.better == "lower" else 1
    low, high = sorted(sign * end for end in change.interval)

    def cell(share: float) -> int:
        return round((min(max(share, -REACH), REACH) + REACH) / (2 * REACH) * (bar - 1))

    cells = [" "] * bar
    cells[cell(0.0)] = "╎"
    start, end = cell(low), cell(high)
    cells[start : end + 1] = "─" * (end - start + 1)
    cells[start] = "├" if low >= -REACH else "◂"
    cells[end] = "┤" if high <= REACH else "▸"
    if abs(change.estimate) <= REACH:
        cells[cell(sign * change.estimate)] = "■"
    return "".join(cells)


def _wrapped(said: str, width: int, role: str) -> list[Line]:
    words = textwrap.wrap(clean_line(said, 600), max(width, 20), subsequent_indent="  ")
    return [[Span(line, role)] for line in words]
