"""Conversations in a report: each turn's prompt, what of it came from the cache, and what should have."""

from __future__ import annotations

import msgspec

from rocmtui.core.text import forms


class TurnFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The completed requests of one turn, all conversations together; medians. None: not known."""

    turn: int
    """From 1."""
    requests: int
    prompt_tokens: float | None = None
    cached_tokens: float | None = None
    computed_tokens: float | None = None
    reusable_tokens: float | None = None
    """Of the prompt, computed in the turn before: what a cache could give back."""
    ttft_ms: float | None = None
    ttft_p95_ms: float | None = None


class LostPrefix(msgspec.Struct, frozen=True, kw_only=True):
    """A turn that found little of what it could have reused."""

    conversation: int
    """From 1."""
    turn: int
    """From 1."""
    prompt_tokens: int
    reusable_tokens: int
    cached_tokens: int
    cause: str
    """In words; empty where it is not known."""

    @property
    def words(self) -> str:
        """One sentence."""
        why = f": {self.cause}" if self.cause else ""
        return (
            f"turn {self.turn} of conversation {self.conversation}: {forms.count(self.reusable_tokens)} of "
            f"{forms.count(self.prompt_tokens)} prompt tokens could be reused, "
            f"{forms.count(self.cached_tokens)} were{why}"
        )


class ConversationFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What the conversations of a run came to."""

    conversations: int
    """Begun."""
    broken: int = 0
    """Ended early by a turn that failed."""
    turns: tuple[TurnFigures, ...] = ()
    reusable_tokens: int = 0
    """Prompt tokens that a cache could give back, of all turns where both are known."""
    cached_tokens: int = 0
    """Those of them that came from the cache."""
    lost: int = 0
    """Turns that lost their prefix."""
    examples: tuple[LostPrefix, ...] = ()
    """The first of them."""
    overtaken: int = 0
    """Turns sent before the one before had ended: there must be none."""
