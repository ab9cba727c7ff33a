"""What is told on stderr while a command works: lines that stay and, on a terminal, one that is redrawn."""

from __future__ import annotations

import os
import shutil
from typing import TextIO

from rocmtui.cli.output.streams import tell
from rocmtui.core.text.sanitize import clean_line


class Narrator:
    """Writes to a stream that may be closed or None."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        is_terminal = stream is not None and stream.isatty()
        self.redraws = is_terminal and os.environ.get("TERM", "dumb") != "dumb"
        """Whether `redraw` may be called."""
        self._drawn = False

    def say(self, text: str) -> None:
        """A line that stays."""
        self.clear()
        tell(self._stream, clean_line(text) + "\n")

    def redraw(self, line: str) -> None:
        """The line that is drawn over and over."""
        columns = shutil.get_terminal_size().columns
        tell(self._stream, "\r" + line[: columns - 1] + "\x1b[K")
        self._drawn = True

    def clear(self) -> None:
        """Take the redrawn line away."""
        if self._drawn:
            tell(self._stream, "\r\x1b[K")
            self._drawn = False
