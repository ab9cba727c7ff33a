"""Explain mode: the figures of a screen, and the lines that say what the chosen one is."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

from textual.widget import Widget

from rocmtui.core.session.view import SessionView
from rocmtui.tui.draw.explanations import Explanation, explain
from rocmtui.tui.draw.lines import Line, Span, fit
from rocmtui.tui.draw.panel import Drawn
from rocmtui.tui.draw.wrapping import wrapped

ROWS = 4


class Figure(NamedTuple):
    """A figure on the screen: the widget that shows it and its tag."""

    widget: Drawn
    tag: str


def figures_of(screen: Widget, view: SessionView) -> list[Figure]:
    """Every figure that can be explained, in the order one reads; each tag once a widget."""
    found: list[tuple[tuple[int, int], Figure]] = []
    for widget in screen.query(Drawn):
        if widget.display and widget.region.area:
            corner = (widget.region.y, widget.region.x)
            tags = [tag for tag in widget.tags() if explain(tag, view) is not None]
            found += [(corner, Figure(widget, tag)) for tag in tags]
    return [figure for _, figure in sorted(found, key=lambda entry: entry[0])]


class ExplainLine(Drawn):
    """Name, meaning and source of the chosen figure."""

    explanation: Explanation | None = None

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """Only what was chosen."""
        return (self.explanation,)

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """A rule, then the words."""
        told = self.explanation
        heading: Line = [Span("─ ", "accent"), Span("explain ", "accent"), Span("─" * (width - 10), "accent")]
        if told is None:
            how = "Move over a figure, or step through them with ← and →. Esc leaves."
            words = wrapped(how, width, "muted", lead=Span(" "))
        else:
            meaning = textwrap.wrap(told.meaning, max(width - len(told.title) - 5, 20))[:2]
            words = [[Span(f" {told.title}  ", "title"), Span(meaning[0], "text")]]
            words += [[Span(" " * (len(told.title) + 3)), Span(line, "text")] for line in meaning[1:]]
            words.append([Span(" from ", "muted"), Span(told.source, "muted")])
        return [fit(line, width) for line in (heading, *words, *[[]] * ROWS)][:height]
