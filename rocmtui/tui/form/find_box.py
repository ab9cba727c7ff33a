"""A line that narrows a list while one types in it."""

from __future__ import annotations

from typing import ClassVar

from textual.widgets import Input


class FindBox(Input):
    """Hidden until it is opened."""

    KEYS_WHILE_TYPING: ClassVar = (
        ("enter", "find", "screen.focused('submit')"),
        ("esc", "leave", "screen.back"),
    )
    DEFAULT_CSS = "FindBox { display: none; }"

    def __init__(self, placeholder: str, *, id: str) -> None:  # noqa: A002
        super().__init__(placeholder=placeholder, compact=True, id=id)

    def open(self) -> None:
        """Type now."""
        self.display = True
        self.focus()

    def close(self) -> bool:
        """Forget what was typed; whether it was open."""
        was_open = bool(self.display)
        self.value = ""
        self.display = False
        return was_open

    def finds(self, text: str) -> bool:
        """Whether every word that was typed is in the text, in any case."""
        return all(word in text.casefold() for word in self.value.casefold().split())
