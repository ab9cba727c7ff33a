"""What a trace holds, counted while it is read: arrivals, lengths, and how much of it was said before."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator

import msgspec

from rocmtui.core.load.traces.formats import FormatName


class LeftOut(msgspec.Struct):
    """Requests that are not replayed, and their prompt tokens."""

    requests: int = 0
    tokens: int = 0


class Survey:
    """Takes the requests of a trace in their order; twenty bytes each."""

    def __init__(self, name: FormatName) -> None:
        self.name: FormatName = name
        self.sessions = 0
        self.reusable_tokens = 0
        """Prompt tokens that were part of a prompt before, by the trace's blocks or sessions."""
        self.knows_reuse = False
        """Whether the trace says what is shared at all."""
        self.too_long = LeftOut()
        """Over --max-context."""
        self.not_drawn = LeftOut()
        """Of sessions that --sessions left out."""
        self.failed = 0
        """Lines of requests that failed when the trace was recorded; they were passed over."""
        self.at_s = array("d")
        """Of each request, by the trace's clock; not a number where it is not said."""
        self.timed = False
        """Whether each session says when it begins."""
        self.prompts = array("L")
        self.outputs = array("L")

    def take(self, at_s: float | None, prompt_tokens: int, output_tokens: int, reusable_tokens: int) -> None:
        """One request that will be replayed."""
        self.at_s.append(math.nan if at_s is None else at_s)
        self.prompts.append(prompt_tokens)
        self.outputs.append(output_tokens)
        self.reusable_tokens += reusable_tokens

    @property
    def requests(self) -> int:
        """How many will be replayed."""
        return len(self.prompts)

    @property
    def span_s(self) -> float:
        """First to last arrival; 0 where none is known."""
        return max(self._known(), default=0.0) - min(self._known(), default=0.0)

    @property
    def rate(self) -> float | None:
        """Mean requests per second; None where the trace does not say when they came."""
        if not self.timed:
            return None
        return max(self.requests - 1, 1) / self.span_s if self.span_s > 0 else 1.0

    @property
    def prompt_tokens(self) -> int:
        """Of all prompts."""
        return sum(self.prompts)

    def longer_than(self, context_tokens: int) -> int:
        """How many requests need more of a slot."""
        return sum(p + o > context_tokens for p, o in zip(self.prompts, self.outputs, strict=True))

    def arrivals(self, bins: int) -> list[int]:
        """Requests in each of so many equal stretches of time."""
        counts = [0] * bins
        first, span = min(self._known(), default=0.0), self.span_s or 1.0
        for at_s in self._known():
            counts[min(int((at_s - first) / span * bins), bins - 1)] += 1
        return counts

    def _known(self) -> Iterator[float]:
        return (at_s for at_s in self.at_s if not math.isnan(at_s))
