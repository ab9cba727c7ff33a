"""Prompts for a trace: the same block is the same words, so that what was shared is shared again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache

from rocmtui.core.load.traces.session import TraceRequest, TraceSession

KEPT_BLOCKS = 4096


class TraceWords:
    """Makes texts of words that are one token each; `seed` names the run, whose words are its own."""

    def __init__(self, seed: str, words: Sequence[str], tokens_each: float, block_tokens: int) -> None:
        self._seed = seed
        self._words = words
        self._each = tokens_each
        self._block = round(block_tokens / tokens_each)
        self._drawn = lru_cache(KEPT_BLOCKS)(self._draw)

    def text(self, session: TraceSession, turn: int, request: TraceRequest, overhead_tokens: int) -> str:
        """The prompt of a request, whose template takes `overhead_tokens` of its length."""
        count = max(round((request.prompt_tokens - overhead_tokens) / self._each), 1)
        if not request.blocks:
            shared = len(session.turns) > 1 or request.session is not None
            return " ".join(self._draw(session.key if shared else f"{session.key}#{turn}", count))
        words: list[str] = []
        for block in request.blocks:
            words += self._drawn(f"{session.scope}/{block}", self._block)
            if len(words) >= count:
                break
        if len(words) < count:
            words += self._draw(f"{session.key}#{turn}", count - len(words))
        return " ".join(words[:count])

    def _draw(self, which: str, count: int) -> list[str]:
        return random.Random(f"{self._seed}/{which}").choices(self._words, k=count)
