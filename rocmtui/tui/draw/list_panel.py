"""The panels that share the bottom of the dashboard: a list each, drawn only where it is visible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events

from rocmtui.core.session.view import SessionView
from rocmtui.tui.draw.lines import Line, Span, width_of
from rocmtui.tui.draw.panel import Panel

TABS = (("5", "requests"), ("6", "log"), ("7", "events"))


class ListPanel(Panel):
    """A list that follows its end until the user scrolls up.

    Entries are known by a number that never changes while the oldest ones are dropped, so the view stays
    where it is under a flood.
    """

    name_in_tabs: ClassVar[str] = ""

    _first_shown: int | None = None
    """Number of the first entry on the screen; None follows the end."""

    def count(self, view: SessionView) -> tuple[int, int]:
        """Numbers of the first entry and of the one after the last."""
        raise NotImplementedError

    def entries(self, view: SessionView, first: int, end: int, width: int) -> Sequence[Line]:
        """The lines of entries `first` to `end` - 1."""
        raise NotImplementedError

    def whole(self, view: SessionView, first: int, end: int) -> Sequence[str]:
        """The same entries uncut."""
        return ()

    def head(self, view: SessionView, width: int) -> list[Line]:
        """Lines that do not scroll."""
        return []

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Tabs in the frame, then the visible entries."""
        head = self.head(view, width - 4)
        rows = max(height - 2 - len(head), 0)
        first, end = self._window(view, rows)
        body = [*head, *self.entries(view, first, end, width - 4)]
        figures, foot = self.figures(view, width - 8), self._position(view, end)
        if width_of(figures) > width - 40 and not foot:  # no room beside the tabs
            figures, foot = [], figures
        elif foot:
            figures = self.figures(view, width - 40)
        return self.framed((width, height), body, self._tabs(), figures, foot)

    def figures(self, view: SessionView, room: int) -> Line:
        """What stands at the right of the upper edge."""
        return []

    def action_scroll(self, lines: int) -> None:
        """Move by lines, up is negative; past the end the list follows again."""
        rows = self._rows()
        oldest, newest = self.count(self.session_view)
        at = self._first_shown if self._first_shown is not None else max(newest - rows, oldest)
        at = max(at + lines, oldest)
        if at + rows >= newest:
            self.action_follow()
        else:
            self._first_shown = at
            self.redraw()

    def action_follow(self) -> None:
        """Show the end and stay there."""
        self._first_shown = None
        self.redraw()

    def action_open_whole(self) -> None:
        """Show the entries on the screen uncut, to read and to copy."""
        lines = self.whole(self.session_view, *self._window(self.session_view, self._rows()))
        if lines:
            self.post_message(self.Opened(self.name_in_tabs, "\n".join(lines)))

    def show_entry(self, number: int) -> None:
        """Scroll as little as it takes to see an entry; one that was far away comes to the middle."""
        rows = self._rows()
        oldest, newest = self.count(self.session_view)
        first, end = self._window(self.session_view, rows)
        if not first <= number < end:
            near = first - 1 == number or number == end
            first = (min(number, first + 1) if number >= end else number) if near else number - rows // 2
        self._first_shown = min(max(first, oldest), max(newest - rows, oldest))
        self.redraw()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three lines back."""
        event.stop()
        self.action_scroll(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three lines on."""
        event.stop()
        self.action_scroll(3)

    BINDINGS: ClassVar = [
        ("up", "scroll(-1)", "up"),
        ("down", "scroll(1)", "down"),
        ("pageup", "scroll_pages(-1)", "page up"),
        ("pagedown", "scroll_pages(1)", "page down"),
        ("home", "scroll(-1000000)", "oldest"),
        ("end", "follow", "newest, and follow"),
    ]

    def action_scroll_pages(self, pages: int) -> None:
        """Keys of one page."""
        self.action_scroll(pages * max(self._rows() - 1, 1))

    def _rows(self) -> int:
        return max(self.size.height - 2 - len(self.head(self.session_view, self.size.width - 4)), 1)

    def _window(self, view: SessionView, rows: int) -> tuple[int, int]:
        oldest, newest = self.count(view)
        if self._first_shown is None:
            return max(newest - rows, oldest), newest
        first = max(self._first_shown, oldest)
        return first, min(first + rows, newest)

    def _position(self, view: SessionView, end: int) -> Line:
        if self._first_shown is None:
            return []
        return [Span(f"{self.count(view)[1] - end} below · End follows", "accent", action="follow")]

    def _tabs(self) -> Line:
        line: Line = []
        for key, name in TABS:
            shown = name == self.name_in_tabs
            action = f"screen.tab('{name}')"
            line += [
                Span(" │ " if line else "", "border"),
                Span(key, "accent" if shown else "muted", action=action),
                Span(f" {name}", "title" if shown else "muted", action=action),
            ]
        return line
