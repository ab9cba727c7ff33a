"""What a trace says of its requests: lengths, times and shared blocks; no text."""

from __future__ import annotations

import msgspec


class TraceRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request of a trace."""

    prompt_tokens: int
    output_tokens: int
    at_s: float | None = None
    """When it was sent, from the trace's own zero; None: not recorded."""
    think_s: float | None = None
    """From the end of the turn before; None: not recorded."""
    blocks: tuple[int, ...] = ()
    """Its prompt in blocks, from the beginning: the same number is the same tokens after the same prefix."""
    session: str | None = None
    """The conversation it belongs to; None: it stands alone."""

    @property
    def context_tokens(self) -> int:
        """What it needs of a slot."""
        return self.prompt_tokens + self.output_tokens


class TraceTurn(msgspec.Struct, frozen=True, kw_only=True):
    """A request where it stands in its session."""

    request: TraceRequest
    reusable_tokens: int = 0
    """Of its prompt, part of a prompt that came before."""
    children: tuple[TraceSession, ...] = ()
    """Sub-agents: they begin when it has ended, and what follows waits for them."""


class TraceSession(msgspec.Struct, frozen=True, kw_only=True):
    """Requests in turns."""

    key: str
    """What its words are drawn from, where it has no blocks."""
    scope: str = ""
    """Blocks of one scope are the same blocks."""
    turns: tuple[TraceTurn, ...]

    @property
    def count(self) -> int:
        """Itself and the sessions within it."""
        return 1 + sum(child.count for turn in self.turns for child in turn.children)


class SeenBlocks:
    """Which blocks came already: a bit each, whatever their number, as long as it is small."""

    _MOST_BITS = 1 << 29

    def __init__(self) -> None:
        self._bits = bytearray()
        self._others: set[int] = set()

    def take(self, blocks: tuple[int, ...]) -> int:
        """How many of a prompt's first blocks came before; all of them have come then."""
        known = next((n for n, block in enumerate(blocks) if not self._has(block)), len(blocks))
        for block in blocks[known:]:
            self._add(block)
        return known

    def _has(self, block: int) -> bool:
        at = block >> 3
        if 0 <= block < self._MOST_BITS:
            return at < len(self._bits) and bool(self._bits[at] >> (block & 7) & 1)
        return block in self._others

    def _add(self, block: int) -> None:
        if not 0 <= block < self._MOST_BITS:
            self._others.add(block)
            return
        at = block >> 3
        if at >= len(self._bits):
            self._bits.extend(bytes(max(at + 1 - len(self._bits), len(self._bits) // 4)))
        self._bits[at] |= 1 << (block & 7)
