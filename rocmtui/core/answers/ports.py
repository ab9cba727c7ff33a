"""How services ask a server for short answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rocmtui.core.answers.reading import Answer
from rocmtui.core.answers.reference import Way


class Asker(Protocol):
    """Asks one server. Every question is greedy (temperature 0) and waits for its whole answer."""

    async def way(self) -> Way | None:
        """The best way in which it can be asked; None where it answers no question at all."""
        ...

    async def ask(
        self,
        prompt: str | Sequence[int],
        tokens: int,
        *,
        way: Way,
        top: int = 20,
        reuse: bool = False,
        slot: int | None = None,
    ) -> Answer | None:
        """The next `tokens` tokens after a text (or token ids, for `tokens`); None where it gave none.

        `reuse` lets the server take the prompt's beginning from its cache; `slot` pins the question to one.
        """
        ...

    async def tokenize(self, text: str) -> tuple[int, ...] | None:
        """Token ids with the model's opening token; None where the server cannot."""
        ...

    async def parameters(self) -> int | None:
        """Weights of the model, where the server tells."""
        ...

    async def close(self) -> None: ...
