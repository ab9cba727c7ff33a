"""Tables as text: for a terminal of any width, or Markdown to paste."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from rocmtui.core.text.sanitize import clean_line

if TYPE_CHECKING:
    from rich.text import Text

Tone = Literal["", "good", "bad", "warning", "quiet", "head"]
STYLES: dict[Tone, str] = {
    "good": "green",
    "bad": "bold red",
    "warning": "yellow",
    "quiet": "dim",
    "head": "bold",
}
GAP = 2
_MARKS = "\\`*_[]<>|#"
_ENDLESS = 100_000


class Toned(msgspec.Struct, frozen=True):
    """A cell that is coloured where colours are shown."""

    text: str
    tone: Tone


Cell = str | Toned


class Column(msgspec.Struct, frozen=True):
    """A column, and what becomes of it where the terminal is too narrow for all."""

    title: str
    """Ends with the unit of the figures below it."""
    right: bool = False
    drop: int = 0
    """Columns go in the order of this number, the highest first; one of 0 stays."""
    least: int = 0
    """The cells it may be narrowed to; 0: it keeps its width."""
    wrap: bool = False
    """A narrowed cell goes on in the next line; else it ends in an ellipsis."""


class Table(msgspec.Struct, frozen=True):
    """Columns and their rows; a row has a cell for each column."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


Renderer = Callable[[Table], str]


def columns(*titles: str, right: frozenset[int] = frozenset()) -> tuple[Column, ...]:
    """Columns that keep their width; the numbers in `right` are right-aligned."""
    return tuple(Column(title, index in right) for index, title in enumerate(titles))


def terminal_table(table: Table, width: int | None = None, *, colour: bool = False) -> str:
    """Aligned columns two spaces apart, at most `width` cells wide where the columns allow that."""
    from rich.console import Console
    from rich.table import Table as RichTable

    widths = _widths(table)
    shown = _kept(table.columns, widths, width)
    drawn = RichTable(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style=STYLES["head"])
    drawn.show_header = any(column.title for column in table.columns)
    room = _room(table.columns, widths, shown, width)
    for i in shown:
        column = table.columns[i]
        drawn.add_column(
            _text(column.title),
            justify="right" if column.right else "left",
            width=room[i],
            no_wrap=not column.wrap,
            overflow="fold" if column.wrap else "ellipsis",
        )
    for row in table.rows:
        drawn.add_row(*(_text(row[i]) for i in shown))
    out = io.StringIO()
    console = Console(
        file=out,
        width=_ENDLESS,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
    )
    console.print(drawn, crop=False)
    return "\n".join(map(str.rstrip, out.getvalue().splitlines()))


def markdown_table(table: Table) -> str:
    """A Markdown table; nothing in a cell is read as markup."""
    rule = ["---:" if column.right else "---" for column in table.columns]
    rows = [[markdown_text(_plain(cell)) for cell in row] for row in table.rows]
    head = [markdown_text(column.title) for column in table.columns]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def markdown_text(text: str, limit: int = 300) -> str:
    """Untrusted text as Markdown shows it literally."""
    shown = clean_line(text, limit)
    for mark in _MARKS:
        shown = shown.replace(mark, "\\" + mark)
    return shown


def _plain(cell: Cell) -> str:
    return clean_line(cell if isinstance(cell, str) else cell.text, 300)


def _text(cell: Cell) -> Text:
    from rich.text import Text

    return Text(_plain(cell), STYLES.get(cell.tone, "") if isinstance(cell, Toned) else "")


def _widths(table: Table) -> list[int]:
    from rich.cells import cell_len

    cells = (
        [_plain(column.title) for column in table.columns],
        *([_plain(c) for c in row] for row in table.rows),
    )
    return [max(map(cell_len, column)) for column in zip(*cells, strict=True)]


def _kept(columns: Sequence[Column], widths: Sequence[int], width: int | None) -> list[int]:
    """The numbers of the columns that are shown."""
    shown = list(range(len(columns)))
    while width is not None and len(shown) > 1:
        narrowest = sum(min(widths[i], columns[i].least or widths[i]) + GAP for i in shown) - GAP
        last = max(shown, key=lambda i: columns[i].drop)
        if narrowest <= width or not columns[last].drop:
            break
        shown.remove(last)
    return shown


def _room(
    columns: Sequence[Column], widths: Sequence[int], shown: Sequence[int], width: int | None
) -> list[int]:
    """The cells each column gets: those that may are narrowed, the widest first."""
    room = list(widths)
    over = 0 if width is None else sum(room[i] + GAP for i in shown) - GAP - width
    narrowing = [i for i in shown if columns[i].least]
    while over > 0 and any(room[i] > columns[i].least for i in narrowing):
        widest = max(narrowing, key=lambda i: room[i] - columns[i].least)
        room[widest] -= 1
        over -= 1
    return room
