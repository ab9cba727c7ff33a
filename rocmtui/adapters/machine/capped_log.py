"""A log in one file of bounded size: its first part, how much was left out, its last part."""

from __future__ import annotations

import os
from pathlib import Path

from rocmtui.core.text import forms

FIRST_BYTES = 16 << 20
LAST_BYTES = 4 << 20
"""Kept at least of the end; up to twice as much stands there until the next time it is shortened."""


class CappedLog:
    """Takes whole lines; what was taken is on disk when `write` returns. Raises OSError.

    The middle is dropped where it lies, so that whatever ends us leaves the first and the last part.
    """

    def __init__(self, path: Path, first_bytes: int = FIRST_BYTES, last_bytes: int = LAST_BYTES) -> None:
        self._file = path.open("w+b", buffering=0)
        self._most_first, self._most_last = first_bytes, last_bytes
        self._first_bytes = self._first_lines = 0
        self._size = 0
        self._bytes = self._lines = 0
        """Of everything that was written."""

    def write(self, data: bytes | memoryview) -> int:
        """Append lines; returns their length."""
        data = bytes(data)
        self._put(data)
        self._bytes += len(data)
        self._lines += data.count(b"\n")
        if self._size == self._bytes <= self._most_first:
            self._first_bytes, self._first_lines = self._bytes, self._lines
        elif self._size > self._most_first + 2 * self._most_last:
            self._leave_out()
        return len(data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _leave_out(self) -> None:
        last = os.pread(self._file.fileno(), self._most_last, self._size - self._most_last)
        last = last[last.find(b"\n") + 1 :]
        lines = self._lines - self._first_lines - last.count(b"\n")
        size = forms.size(self._bytes - self._first_bytes - len(last))
        said = f"... {forms.plural(lines, 'line')} ({size}) left out here ...\n".encode()
        self._size = self._file.seek(self._first_bytes)
        self._put(said + last)
        self._file.truncate()

    def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._size += len(data)
