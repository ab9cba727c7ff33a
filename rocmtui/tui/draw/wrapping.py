"""Sentences over as many lines as they take: nothing is cut, and a figure stays with its unit."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from rich.cells import cell_len

from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Span, width_of

LEAST_CELLS = 20
MOST_CHARACTERS = 1000
_UNIT = re.compile(r"(?<=\d) (?=(?:%|[kMGT]i?B|µs|ms|s|min|h|tok/s|tok/J|req/s|W|MHz|GHz)(?!\w))")
_KEPT = "\u00a0"
"""A space that no line is broken at."""


def wrapped_words(said: str, width: int, *, hang: str = "") -> list[str]:
    """The sentence in lines of at most `width` cells; those after the first begin with `hang`."""
    words = _UNIT.sub(_KEPT, clean_line(said, MOST_CHARACTERS))
    lines = textwrap.wrap(words, max(width, LEAST_CELLS), subsequent_indent=hang, break_on_hyphens=False)
    return [line.replace(_KEPT, " ") for line in lines]


def wrapped(
    said: str, width: int, role: str = "text", *, hang: str = "", lead: Span | None = None
) -> list[Line]:
    """The same as lines of one role; the first stands behind `lead`, the others below its words."""
    mark = [lead] if lead is not None else []
    below = [span._replace(text=" " * width_of(mark)) for span in mark]
    words = wrapped_words(said, width - width_of(mark), hang=hang) or [""] * len(mark)
    return [[*(below if at else mark), Span(line, role)] for at, line in enumerate(words)]


def wrapped_parts(parts: Iterable[str], width: int, role: str = "text", *, gap: str = "   ") -> list[Line]:
    """Short sayings side by side, broken only between them; what is longer than a line wraps."""
    lines: list[str] = []
    for part in map(clean_line, parts):
        joined = f"{lines[-1]}{gap}{part}" if lines else ""
        if joined and cell_len(joined) <= width:
            lines[-1] = joined
        else:
            lines += wrapped_words(part, width)
    return [[Span(line, role)] for line in lines]
