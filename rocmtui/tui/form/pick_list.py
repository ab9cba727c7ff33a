"""A list one picks a row from: columns that give way on a narrow screen, drawn line by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import msgspec
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from rocmtui.tui.draw.lines import cut

GAP = 2


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column; the one without a width takes the rest."""

    title: str
    cells: int | None = None
    align: Literal["left", "right"] = "left"
    least: int = 12
    """Cells the column without a width must have before others go."""
    most: int | None = None
    """Cells the column without a width takes at most."""
    priority: int = 0
    """The highest goes first when there is no room."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row: one text a column, already free of control characters."""

    key: str
    texts: tuple[str, ...]
    note: str = ""
    """Stands in place of all columns but the first: why there is nothing to tell."""
    dim: bool = False
    mark: str = " "
    """One cell before the row: a sign of its state."""


class PickList(ScrollView, can_focus=True, inherit_bindings=False):
    """Up, down, page and mouse move the cursor; Enter or a second click picks."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"pick--{part}" for part in ("head", "cursor", "dim", "mark", "bad")
    }
    DEFAULT_CSS = """
    PickList { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; }
    PickList > .pick--head { color: $muted; }
    PickList > .pick--cursor { background: $foreground 10%; color: $foreground; text-style: bold; }
    PickList:focus > .pick--cursor { background: $accent 30%; }
    PickList:ansi > .pick--cursor { background: $background; }
    PickList:ansi:focus > .pick--cursor { background: $background; text-style: bold reverse; }
    PickList > .pick--dim { color: $muted; }
    PickList > .pick--mark { color: $accent; }
    PickList > .pick--bad { color: $error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home", "edge(-1)", "first", show=False),
        Binding("end", "edge(1)", "last", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class Picked(Moved):
        """A row was clicked twice."""

    def __init__(self, columns: Sequence[Column], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.rows: tuple[Row, ...] = ()
        self.cursor = 0

    @property
    def chosen(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    @property
    def _room(self) -> int:
        """Cells for the columns: beside the scrollbar one stays free."""
        return self.scrollable_content_region.width - self.show_vertical_scrollbar

    def set_rows(self, rows: Sequence[Row], key: str | None = None) -> None:
        """Show other rows; the cursor stays on its row where it still exists, or goes to `key`."""
        wanted = key or (self.chosen.key if self.chosen else None)
        self.rows = tuple(rows)
        self.cursor = next((at for at, row in enumerate(self.rows) if row.key == wanted), 0)
        self.virtual_size = Size(self._room, len(self.rows) + 1)
        self._show_cursor()
        self.refresh()

    def on_resize(self) -> None:
        """Columns may come and go."""
        self.virtual_size = Size(self._room, len(self.rows) + 1)
        self._show_cursor()

    def action_move(self, by: int) -> None:
        """Next or previous row; leaving at either end moves the focus on."""
        target = self.cursor + by
        if 0 <= target < len(self.rows):
            self._go(target)
        elif by > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def action_page(self, direction: int) -> None:
        """A page of rows on or back."""
        self._go(self.cursor + direction * max(1, self.size.height - 2))

    def action_edge(self, direction: int) -> None:
        """The first or the last row."""
        self._go(0 if direction < 0 else len(self.rows) - 1)

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click picks."""
        at = event.y - 1 + self.scroll_offset.y
        if event.y >= 1 and 0 <= at < len(self.rows):
            self._go(at)
            if event.chain == 2:
                self.post_message(self.Picked(self.rows[at].key))

    def render_line(self, y: int) -> Strip:
        """Line 0 is the head and stays; rows scroll below it."""
        width, whole = self._room, self.scrollable_content_region.width
        shown = self._fitting(width)
        if y == 0:
            head = self._joined(shown, [column.title for column in self.columns], width)
            strip = Strip([Segment(f"  {head}", self._style("head"))])
            return strip.adjust_cell_length(whole, self.rich_style)
        at = y - 1 + self.scroll_offset.y
        if at >= len(self.rows):
            return Strip.blank(whole, self.rich_style)
        row = self.rows[at]
        style = self._style("dim") if row.dim else self.rich_style
        sign, mark = row.mark, self._style("bad" if row.mark == "✗" else "mark")
        if at == self.cursor:
            style = mark = self._style("cursor")
            sign = "›" if sign == " " else sign
        segments = [Segment(f"{sign} ", mark), Segment(self._told(row, shown, width), style)]
        return Strip(segments).adjust_cell_length(whole, style)

    def _fitting(self, width: int) -> list[int]:
        """Which columns there is room for."""
        shown = list(range(len(self.columns)))
        while (
            len(shown) > 1
            and sum((self.columns[at].cells or self.columns[at].least) + GAP for at in shown) > width
        ):
            worst = max(shown, key=lambda at: self.columns[at].priority)
            if not self.columns[worst].priority:
                break
            shown.remove(worst)
        return shown

    def _told(self, row: Row, shown: Sequence[int], width: int) -> str:
        """The row's columns, or its first one and its note where that has room."""
        first, room = shown[0], width - GAP
        begun = self._cells(first, shown, width) + GAP
        if not row.note or room - begun < len(row.note):
            return self._joined(shown, row.texts, width)
        named = _fitted(row.texts[first], begun - GAP, "left")
        return f"{named}{' ' * GAP}{row.note}"

    def _joined(self, shown: Sequence[int], texts: Sequence[str], width: int) -> str:
        cells = (_fitted(texts[at], self._cells(at, shown, width), self.columns[at].align) for at in shown)
        return (" " * GAP).join(cells)

    def _cells(self, at: int, shown: Sequence[int], width: int) -> int:
        column = self.columns[at]
        if column.cells is not None:
            return column.cells
        rest = max(4, width - sum((self.columns[other].cells or 0) + GAP for other in shown))
        return min(rest, column.most or rest)

    def _go(self, at: int) -> None:
        if not self.rows:
            return
        self.cursor = max(0, min(at, len(self.rows) - 1))
        self._show_cursor()
        self.refresh()
        self.post_message(self.Moved(self.rows[self.cursor].key))

    def _show_cursor(self) -> None:
        """Scroll so that the cursor is on the screen below the head."""
        self.scroll_to_region(Region(0, self.cursor, 1, 2), animate=False)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"pick--{name}")


def _fitted(text: str, cells: int, align: Literal["left", "right"]) -> str:
    """The text in exactly so many cells, cut with an ellipsis."""
    shown = cut(text, cells)
    blank = " " * (cells - cell_len(shown))
    return blank + shown if align == "right" else shown + blank
