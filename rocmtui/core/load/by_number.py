"""Sequences whose items are held nowhere: each is read or made when it is asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class ByNumber(Sequence[T]):
    """A sequence by `make` and its length."""

    @abstractmethod
    def make(self, index: int) -> T:
        """One item, counted from 0."""

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        """One, or a list of several."""
        if isinstance(index, slice):
            return [self.make(each) for each in range(*index.indices(len(self)))]
        return self.make(index)
