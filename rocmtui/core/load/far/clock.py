"""The monotonic clock of another machine: how far it is from ours, by round trips, and how sure that is.

A round trip says that their stamp lies between our two: the offset is that of the middle, wrong by half the
trip at most. The quickest of several is the surest. A line through the surest of each round follows a drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

LEAST_ROUNDS, LEAST_SPAN_NS = 3, 10_000_000_000
"""A drift is fitted from so many rounds over so long on; before that the surest round counts alone."""
MOST_ROUNDS = 64
"""Rounds kept; the first stays, so that the span of the line only grows."""


class RoundTrip(msgspec.Struct, frozen=True):
    """Asked and heard by our clock, told by theirs."""

    asked_ns: int
    told_ns: int
    heard_ns: int


class ClockRound(msgspec.Struct, frozen=True, kw_only=True):
    """The quickest of the trips made together."""

    at_ns: int
    """By our clock."""
    offset_ns: int
    """Theirs less ours."""
    uncertainty_ns: int
    """Half the trip: the offset is wrong by this at most."""


class ClockFound(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a clock so far."""

    rounds: int
    offset_ns: int
    """Theirs less ours, at the last round."""
    uncertainty_ns: int
    """Half the quickest trip of all, and by how much the line misses a round beyond that round's own."""
    drift_ppm: float | None = None
    """How much faster theirs runs; None: not watched long enough."""


def quickest(trips: Iterable[RoundTrip]) -> ClockRound:
    """The round made of at least one trip."""
    best = min(trips, key=lambda trip: trip.heard_ns - trip.asked_ns)
    half_ns = (best.heard_ns - best.asked_ns) // 2
    at_ns = best.asked_ns + half_ns
    return ClockRound(at_ns=at_ns, offset_ns=best.told_ns - at_ns, uncertainty_ns=half_ns)


class FarClock:
    """One other clock; `offset_ns` before the first round is 0."""

    def __init__(self) -> None:
        self._rounds: list[ClockRound] = []
        self._base_ns = self._slope = 0.0
        """Offset at the last round, and its growth per nanosecond."""
        self._at_ns = 0
        self._drifts = False

    def add(self, found: ClockRound) -> None:
        """Take one more round."""
        if len(self._rounds) >= MOST_ROUNDS:
            del self._rounds[1]
        self._rounds.append(found)
        self._at_ns = found.at_ns
        span_ns = found.at_ns - self._rounds[0].at_ns
        self._drifts = len(self._rounds) >= LEAST_ROUNDS and span_ns >= LEAST_SPAN_NS
        if self._drifts:
            self._base_ns, self._slope = _line(self._rounds, self._at_ns)
        else:
            surest = min(self._rounds, key=lambda each: each.uncertainty_ns)
            self._base_ns, self._slope = float(surest.offset_ns), 0.0

    def theirs(self, ours_ns: int) -> int:
        """A time of ours by their clock."""
        return ours_ns + self._offset_at(ours_ns)

    def ahead_ns(self, theirs_ns: int) -> int:
        """How far theirs is ahead of ours at one of their times."""
        return self._offset_at(theirs_ns - round(self._base_ns))

    def found(self) -> ClockFound | None:
        """What is known; None before the first round."""
        if not self._rounds:
            return None
        missed = (abs(each.offset_ns - self._offset_at(each.at_ns)) for each in self._rounds)
        beyond = max(miss - each.uncertainty_ns for miss, each in zip(missed, self._rounds, strict=True))
        surest_ns = min(each.uncertainty_ns for each in self._rounds)
        return ClockFound(
            rounds=len(self._rounds),
            offset_ns=self._offset_at(self._at_ns),
            uncertainty_ns=surest_ns + max(beyond, 0),
            drift_ppm=self._slope * 1e6 if self._drifts else None,
        )

    def _offset_at(self, ours_ns: int) -> int:
        return round(self._base_ns + self._slope * (ours_ns - self._at_ns))


def _line(rounds: Sequence[ClockRound], at_ns: int) -> tuple[float, float]:
    """Value at `at_ns` and slope of the least squares through the rounds, each weighted by its certainty."""
    weights = [1.0 / max(each.uncertainty_ns, 1) ** 2 for each in rounds]
    total = sum(weights)
    first_ns = rounds[0].offset_ns
    times = [float(each.at_ns - at_ns) for each in rounds]
    offsets = [float(each.offset_ns - first_ns) for each in rounds]
    time = sum(w * t for w, t in zip(weights, times, strict=True)) / total
    offset = sum(w * o for w, o in zip(weights, offsets, strict=True)) / total
    spread = sum(w * (t - time) ** 2 for w, t in zip(weights, times, strict=True))
    together = sum(w * (t - time) * (o - offset) for w, t, o in zip(weights, times, offsets, strict=True))
    slope = together / spread if spread else 0.0
    return first_ns + offset - slope * time, slope
