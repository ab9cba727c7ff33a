"""ASCII in place of every other character, for terminals and locales that cannot show them.

It works on finished lines, so it holds for all widgets, Textual's own included.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.scrollbar import ScrollBar, ScrollBarRender

from rocmtui.core.text.likeness import LIKENESS

_TABLE = str.maketrans(LIKENESS)
_NO_UNICODE_TERMINALS = frozenset({"linux", "dumb", "vt100", "vt102", "vt220"})


def needs_ascii(environment: Mapping[str, str]) -> bool:
    """Whether the locale's character set, or the terminal itself, cannot show more than ASCII.

    An environment that says nothing of its locale is taken for UTF-8, as Python itself does.
    """
    if environment.get("TERM", "") in _NO_UNICODE_TERMINALS:
        return True
    names = (environment.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next((name for name in names if name), "")
    charset = locale.partition("@")[0].rpartition(".")[2]
    return bool(locale) and charset.lower().replace("-", "") != "utf8"


class AsciiFilter(LineFilter):
    """Writes each cell with an ASCII character."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same cells in ASCII."""
        return [
            segment
            if segment.text.isascii()
            else Segment(to_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


class WholeCellBar(ScrollBarRender):
    """A scroll bar whose ends are whole cells: parts of a cell have no likeness."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * len(ScrollBarRender.VERTICAL_BARS)
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * len(ScrollBarRender.HORIZONTAL_BARS)


def choose_scroll_bars(*, ascii_only: bool) -> None:
    """How scroll bars are drawn; Textual knows one way for all of them."""
    ScrollBar.renderer = WholeCellBar if ascii_only else ScrollBarRender


@lru_cache(4096)
def to_ascii(text: str) -> str:
    """The text in as many ASCII characters as it takes cells; `?` where there is no likeness."""
    return "".join(
        character if character.isascii() else "?" * cell_len(character)
        for character in text.translate(_TABLE)
    )
