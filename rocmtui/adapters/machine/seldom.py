"""A reading that is kept for a while, because it is costly or changes seldom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Seldom(Generic[T]):
    """Reads anew only when the last reading is older than `every_ns`."""

    def __init__(self, every_ns: int) -> None:
        self._every_ns = every_ns
        self._read_ns: int | None = None
        self._value: T

    def at(self, now_ns: int, read: Callable[[], T]) -> T:
        """What was read last, or is read now."""
        if self._read_ns is None or now_ns - self._read_ns >= self._every_ns:
            self._value = read()
            self._read_ns = now_ns
        return self._value

    def forget(self) -> None:
        """Read anew the next time."""
        self._read_ns = None
