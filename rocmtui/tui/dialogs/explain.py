"""Explain mode of a screen: step through its figures or hover over them, and read what they are."""

from __future__ import annotations

from textual import events

from rocmtui.tui.dialogs.explain_line import ExplainLine, Figure, figures_of
from rocmtui.tui.draw.explanations import explain
from rocmtui.tui.draw.panel import Drawn
from rocmtui.tui.draw.screen import ViewScreen


class ExplainMode:
    """Off until `start`; needs an ExplainLine on the screen."""

    def __init__(self, screen: ViewScreen) -> None:
        self._screen = screen
        self._marked: Drawn | None = None
        self.active = False

    def start(self) -> None:
        """Show the line; no figure is chosen yet."""
        self.active = True
        self._choose(None, "")
        self._line.display = True

    def stop(self) -> None:
        """Take the line and the mark away."""
        self._choose(None, "")
        self.active = False
        self._line.display = False

    def step(self, by: int) -> None:
        """The next figure, or the one before."""
        figures = figures_of(self._screen, self._screen.rocmtui.view)
        if not figures:
            return
        now = Figure(self._marked, self._marked.marked_tag) if self._marked else None
        at = figures.index(now) + by if now in figures else 0 if by > 0 else -1
        chosen = figures[at % len(figures)]
        self._choose(*chosen)
        chosen.widget.scroll_visible(animate=False)

    def hover(self, event: events.MouseMove) -> None:
        """The figure under the pointer, if there is one."""
        tag = event.style.meta.get("tag", "")
        widget = self._screen.get_widget_at(event.screen_x, event.screen_y)[0]
        if isinstance(widget, Drawn) and explain(tag, self._screen.rocmtui.view) is not None:
            self._choose(widget, tag)

    def _choose(self, widget: Drawn | None, tag: str) -> None:
        if self._marked is not None and self._marked is not widget:
            self._marked.mark("")
        self._marked = widget
        if widget is not None:
            widget.mark(tag)
        self._line.explanation = explain(tag, self._screen.rocmtui.view) if tag else None
        self._line.redraw()

    @property
    def _line(self) -> ExplainLine:
        return self._screen.query_one(ExplainLine)
