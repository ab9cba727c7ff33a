"""Regular expressions compiled when first used: most of a table, or of those for errors, never are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, AnyStr, Generic


class LateRegex(Generic[AnyStr]):
    """Instead of `re.compile`, which takes a quarter of a millisecond; from the second use on as fast."""

    def __init__(self, pattern: AnyStr, flags: int = 0) -> None:
        self._pattern: AnyStr = pattern
        self._flags = flags

    @cached_property
    def search(self) -> Callable[[AnyStr], re.Match[AnyStr] | None]:
        """As a compiled one's."""
        return self._compiled.search

    @cached_property
    def match(self) -> Callable[[AnyStr], re.Match[AnyStr] | None]:
        """As a compiled one's."""
        return self._compiled.match

    @cached_property
    def fullmatch(self) -> Callable[[AnyStr], re.Match[AnyStr] | None]:
        """As a compiled one's."""
        return self._compiled.fullmatch

    @cached_property
    def finditer(self) -> Callable[[AnyStr], Iterator[re.Match[AnyStr]]]:
        """As a compiled one's."""
        return self._compiled.finditer

    @cached_property
    def findall(self) -> Callable[[AnyStr], list[Any]]:
        """As a compiled one's."""
        return self._compiled.findall

    @cached_property
    def sub(self) -> Callable[[AnyStr, AnyStr], AnyStr]:
        """As a compiled one's, by a text."""
        return self._compiled.sub

    @property
    def _compiled(self) -> re.Pattern[AnyStr]:
        return re.compile(self._pattern, self._flags)
