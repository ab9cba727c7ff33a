"""The base of all hand-drawn widgets: draws when its part of the view changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, cast

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from rocmtui.core.session.view import SessionView
from rocmtui.tui.draw.host import Host
from rocmtui.tui.draw.lines import Line, Span, frame, width_of


class Drawn(Widget):
    """A widget drawn as Strips from a SessionView; sub-classes say which part they need and draw it."""

    ALLOW_SELECT = False
    HELP_TEXT: ClassVar[str] = ""
    """What the panel shows, for the help screen."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.session_view = SessionView()
        self._needs: tuple[object, ...] = ()
        self._lines: list[Line] = []
        self._strips: list[Strip] = []
        self.marked_tag = ""
        """The figure explain mode points at."""

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """What the drawing depends on; it is drawn anew when one is another number or another object."""
        return (view,)

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """The widget's lines, each exactly `width` cells wide."""
        raise NotImplementedError

    def show_view(self, view: SessionView) -> None:
        """Take a new view; draws only if something this widget shows changed."""
        needs = self.needs(view)
        same = len(needs) == len(self._needs) and all(map(_unchanged, needs, self._needs))
        self.session_view = view
        self._needs = needs
        if not same:
            self.redraw()

    def redraw(self, *, all_lines: bool = False) -> None:
        """Draw now and repaint the lines that changed (all of them after a change of theme)."""
        width, height = self.size
        if not width or not height or not self.is_mounted:
            return
        lines = self.draw(self.session_view, width, height)[:height]
        if self.marked_tag:
            _mark(lines, self.marked_tag)
        old, self._lines = self._lines, lines
        changed = [y for y, line in enumerate(lines) if all_lines or y >= len(old) or line != old[y]]
        strips = self._strips[: len(lines)] + [Strip.blank(0)] * (len(lines) - len(self._strips))
        for y in changed:
            strips[y] = self._strip(lines[y])
        self._strips = strips
        if len(old) != len(lines):
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def take_rows(self, rows: int) -> None:
        """Become so high."""
        if self.styles.height is None or self.styles.height.value != rows:
            self.styles.height = rows

    def tags(self) -> list[str]:
        """Tags of the figures now shown, each once."""
        return list(dict.fromkeys(span.tag for line in self._lines for span in line if span.tag))

    def mark(self, tag: str) -> None:
        """Point at the first figure of this tag; an empty one takes the mark away."""
        if tag != self.marked_tag:
            self.marked_tag = tag
            self.redraw()

    def render_line(self, y: int) -> Strip:
        """The line as drawn last."""
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, self._app.palette.style("text"))

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.redraw(all_lines=True)

    def on_focus(self) -> None:
        """Show the focus."""
        self.redraw()

    on_blur = on_focus

    @property
    def _app(self) -> Host:
        return cast(Host, self.app)

    def _strip(self, line: Line) -> Strip:
        style = self._app.palette.style
        segments = [
            Segment(_inert(span.text), style(span.role, span.tag, span.action)) for span in line if span.text
        ]
        return Strip(segments, width_of(line))


class Panel(Drawn, can_focus=True):
    """A framed widget of the dashboard with a number key."""

    key: ClassVar[str] = ""
    """The digit that shows this panel alone."""
    KEYS: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    """Keys of the panel that stand first at the foot while it has the focus: key, words, its own action."""

    class Opened(Message):
        """What is cut at the panel's edge is to be shown whole."""

        def __init__(self, title: str, text: str) -> None:
            super().__init__()
            self.title = title
            self.text = text

    @property
    def keys_now(self) -> tuple[tuple[str, str, str], ...]:
        """Those of KEYS that do something now."""
        return self.KEYS

    def framed(
        self,
        size: tuple[int, int],
        body: Sequence[Line],
        name: Line | str,
        right: Sequence[Span] = (),
        foot: Sequence[Span] = (),
    ) -> list[Line]:
        """The body in the panel's frame of `size` (width, height), its name with its key in the edge."""
        title = self.title(name) if isinstance(name, str) else name
        return frame(size, body, title=title, right=right, foot=foot, focused=self.has_focus)

    def title(self, name: str, tag: str = "") -> Line:
        """The panel's name with its key, where it has one, to be set into the frame."""
        if not self.key:
            return [Span(name, "title", tag)]
        action = f"screen.only('{self.key}')"
        return [Span(self.key + " ", "accent", action=action), Span(name, "title", tag, action)]


def _unchanged(now: object, before: object) -> bool:
    """By identity, which costs nothing; numbers by value, which come anew with every snapshot."""
    return now is before or (isinstance(now, int | float) and now == before)


def _inert(text: str) -> str:
    """Nothing that is not printable reaches the terminal, whatever a drawing was given."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " * cell_len(character) for character in text)


def _mark(lines: list[Line], tag: str) -> None:
    for line in lines:
        for index, span in enumerate(line):
            if span.tag == tag and span.text.strip():
                line[index] = span._replace(role="marked")
                return
