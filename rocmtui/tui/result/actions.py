"""What the card of a result, and a comparison, lead to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from rocmtui.core.compare.verdicts import Comparison


class ComparePair(NamedTuple):
    """Two folders and what each is; `kind` is what both are, only runs can be benched anew."""

    a: str
    b: str
    a_words: str
    b_words: str
    kind: str = "run"

    @property
    def title(self) -> str:
        """`A is the older run, B the newer one`."""
        return f"A is {self.a_words}, B {self.b_words}"

    @property
    def exchanged(self) -> ComparePair:
        """The same the other way round."""
        return self._replace(a=self.b, b=self.a, a_words=self.b_words, b_words=self.a_words)


class CompareActions(msgspec.Struct, frozen=True):
    """What a comparison leads to; paths are run folders."""

    compare: Callable[[str, str], Awaitable[Comparison]]
    """B against A. Raises RocmtuiError."""
    bench: Callable[[str, str], Awaitable[object]] | None = None
    """Ask whether to bench the servers of both; None: there are no benches. Raises RocmtuiError."""


class ResultActions(msgspec.Struct, frozen=True):
    """What a card leads to besides its own text."""

    again: Callable[[], object] | None = None
    """Run the same load again; None where that cannot be, as in a replay."""
    compare: CompareActions | None = None
    dashboard: str = "dashboard"
