"""Walks through little-endian bytes it fetches window by window, never past their end."""

from __future__ import annotations

import struct
from collections.abc import Callable
from operator import length_hint

ReadBytes = Callable[[int, int], bytes]
"""`read(offset, length)`: the bytes there; fewer at the end."""

WINDOW_BYTES = 1 << 20
MAX_BYTES = 512 << 20
"""Where to give up: the largest headers (1 million tokens and their merges) have about 60 MiB."""
_U64 = struct.Struct("<Q")


class ByteCursor:
    """A position in `size` bytes. Going past the end raises `error`."""

    def __init__(self, read: ReadBytes, size: int, error: type[Exception]) -> None:
        self._read = read
        self._size = size
        self._error = error
        self._window = b""
        self._start = 0
        self.position = 0

    def take(self, length: int) -> bytes:
        """The next bytes; the caller bounds `length`."""
        begin = self.position - self._start
        if begin + length > len(self._window):
            self._load(length)
            begin = 0
        self.position += length
        return self._window[begin : begin + length]

    def skip(self, length: int) -> None:
        """Pass over bytes without reading them."""
        self._check(length)
        self.position += length

    def u32(self) -> int:
        """A 32-bit unsigned number."""
        return int.from_bytes(self.take(4), "little")

    def u64(self) -> int:
        """A 64-bit unsigned number."""
        return int.from_bytes(self.take(8), "little")

    def string(self, limit: int, what: str) -> str:
        """A length and that many bytes of UTF-8."""
        length = self.u64()
        if length > limit:
            raise self._error(f"{what} is {length} bytes long: the header is damaged")
        return self.take(length).decode("utf-8", "replace")

    def skip_strings(self, count: int) -> None:
        """Pass over that many lengths with their bytes (20 ms for 260,000)."""
        while count:
            count -= self._skip_strings_in_window(count)

    def _skip_strings_in_window(self, count: int) -> int:
        if self.position - self._start + 8 > len(self._window):
            self._load(8)
        unpack, window = _U64.unpack_from, self._window
        begin = end = self.position - self._start
        steps = iter(range(count))
        try:
            for _ in steps:
                end += 8 + unpack(window, end)[0]
            passed = count
        except (struct.error, OverflowError):  # this length lies beyond the window
            passed = count - length_hint(steps) - 1
        self.skip(end - begin)
        return passed

    def _check(self, length: int) -> None:
        if self.position + length > self._size:
            raise self._error("is cut off in the middle of its header")
        if self.position + length > MAX_BYTES:
            raise self._error(f"has a header of more than {MAX_BYTES >> 20} MiB: it is damaged")

    def _load(self, length: int) -> None:
        self._check(length)
        self._window = self._read(self.position, max(length, WINDOW_BYTES))
        self._start = self.position
        if len(self._window) < length:
            raise self._error("became shorter while it was read")
