"""What makes a screen open quickly: each of its widgets is styled once, not three times."""

from __future__ import annotations

from typing import Any, cast

from textual import events
from textual.screen import Screen


class OpensQuickly:
    """Mixed into a screen, before Textual's own: knows its room before its widgets are made."""

    _was_shown = False

    def on_compose(self) -> None:
        """Take the classes of the breakpoints; Textual gives them later, with the first resize."""
        screen = cast("Screen[Any]", self)
        app = screen.app
        widths = screen.HORIZONTAL_BREAKPOINTS or app.HORIZONTAL_BREAKPOINTS or []
        heights = screen.VERTICAL_BREAKPOINTS or app.VERTICAL_BREAKPOINTS or []
        for cells, breakpoints in ((app.size.width, widths), (app.size.height, heights)):
            reached = [name for least, name in sorted(breakpoints) if cells >= least]
            screen.add_class(*reached[-1:])

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Widgets that were made just now need no new styles when they are shown."""
        event.refresh_styles = event.refresh_styles and self._was_shown
        self._was_shown = True
