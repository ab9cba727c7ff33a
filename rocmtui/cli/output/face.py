"""What a stream shows: how wide it is, and whether in colour. A pipe or file has no width and no colour."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from typing import TextIO

from rocmtui.core.text.tables import Cell, Table, Tone, Toned, terminal_table

PROSE_CHARS = 100
"""Lines of prose are wrapped here at the latest: longer ones are hard to read."""
_CODES: dict[Tone, str] = {"good": "32", "bad": "1;31", "warning": "33", "quiet": "2", "head": "1"}
_TOLD: dict[str, Tone] = {"warning: ": "warning", "not run: ": "warning", "regression: ": "bad"}


class Face:
    """Draws tables and text as wide and as coloured as a stream allows."""

    def __init__(self, stream: TextIO | None) -> None:
        terminal = stream is not None and not stream.closed and stream.isatty()
        self.width = _columns() if terminal else None
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        self.colour = terminal and not plain
        encoding = (stream.encoding or "") if stream is not None else ""
        self.ascii_only = not encoding.lower().startswith("utf")

    def table(self, table: Table) -> str:
        """A table no wider than the terminal where its columns allow that, without a newline at the end."""
        return terminal_table(table, self.width, colour=self.colour)

    def cell(self, cell: Cell) -> str:
        """A cell that stands by itself."""
        if isinstance(cell, str) or not self.colour or not cell.tone:
            return cell if isinstance(cell, str) else cell.text
        return f"\x1b[{_CODES[cell.tone]}m{cell.text}\x1b[0m"

    def prose(self, text: str) -> str:
        """Lines wrapped between words, those below the first indented; warnings in colour."""
        return "\n".join(self._line(line) for line in text.split("\n"))

    def words(self, lines: Sequence[str]) -> str:
        """Lines of prose; the last says where something is kept and stays whole, to be copied."""
        *prose, last = lines
        return "".join(f"{line}\n" for line in (*map(self._line, prose), last))

    def _line(self, line: str) -> str:
        if self.width is not None and "\x1b" not in line:
            room = min(self.width, PROSE_CHARS)
            line = textwrap.fill(line, room, subsequent_indent="  ", break_on_hyphens=False)
        tone: Tone = next((tone for start, tone in _TOLD.items() if line.startswith(start)), "")
        return self.cell(Toned(line, tone))


def _columns() -> int:
    from shutil import get_terminal_size  # loads what unpacks archives

    return max(get_terminal_size().columns, 20)
