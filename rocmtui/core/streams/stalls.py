"""The stalls of a run: how many, how long, and why; the report's `stalls` block."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.request.stalls import Gap
from rocmtui.core.session.events import Event
from rocmtui.core.stats.quantiles import known
from rocmtui.core.streams.causes import Cause, Evidence

MOST_NAMED = 5


class StallGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The stalls of one cause."""

    cause: str
    """`prefill`, `server pause`, `spill`, `throttling`, `host` or `unknown`."""
    count: int
    seconds: float
    longest_ms: float


class Stall(msgspec.Struct, frozen=True, kw_only=True):
    """One stall of a measured request."""

    request: int
    at_s: float
    """Since the first measured request was sent."""
    ms: float
    cause: str
    detail: str = ""
    """Which request's prefill it was, where that is known."""


class Stalls(msgspec.Struct, frozen=True, kw_only=True):
    """Gaps between tokens over ten times the stream's median one and over 200 ms, of completed requests."""

    streams: int
    """Requests of which it can be told."""
    count: int
    per_1000_tokens: float
    longest_ms: float | None
    """None without any."""
    seconds: float
    decode_share: float
    """Share of the time from first to last tokens that was lost in them."""
    by_cause: tuple[StallGroup, ...] = ()
    """Most time lost first."""
    longest: tuple[Stall, ...] = ()
    """The longest ones."""


class StallTally:
    """Gathers stalls and what may have caused them; memory grows with stalls and long prefills alone."""

    def __init__(self) -> None:
        self._evidence = Evidence()
        self._stalls: list[tuple[Gap, int]] = []
        self._streams = self._tokens = self._decode_ns = 0
        self._first_ns: int | None = None

    def add(self, record: RequestRecord) -> None:
        """Take one record of any phase."""
        self._evidence.add(record)
        if record.phase is not Phase.MEASURED or record.sent_ns is None:
            return
        self._first_ns = known(min, (self._first_ns, record.sent_ns))
        first_ns, last_ns = record.first_token_ns, record.last_token_ns
        if not record.completed or record.stalls is None or first_ns is None or last_ns is None:
            return
        self._streams += 1
        self._tokens += record.content_events if record.output_tokens is None else record.output_tokens
        self._decode_ns += last_ns - first_ns
        self._stalls += [(stall, record.id) for stall in record.stalls]

    def observe(self, event: Event) -> None:
        """Take what else happened."""
        self._evidence.observe(event)

    def block(self) -> Stalls | None:
        """All of them; None where no stream could be watched."""
        if not self._streams:
            return None
        found = [(stall, request, self._evidence.cause_of(stall, request)) for stall, request in self._stalls]
        found.sort(key=lambda one: one[0][0] - one[0][1])
        lost_ns = sum(end - start for (start, end), _, _ in found)
        return Stalls(
            streams=self._streams,
            count=len(found),
            per_1000_tokens=len(found) / self._tokens * 1000 if self._tokens else 0.0,
            longest_ms=_ms(found[0][0]) if found else None,
            seconds=lost_ns / 1e9,
            decode_share=lost_ns / self._decode_ns if self._decode_ns else 0.0,
            by_cause=_groups(found),
            longest=tuple(self._named(*one) for one in found[:MOST_NAMED]),
        )

    def _named(self, stall: Gap, request: int, cause: Cause) -> Stall:
        return Stall(
            request=request,
            at_s=(stall[0] - (self._first_ns or 0)) / 1e9,
            ms=_ms(stall),
            cause=cause.kind,
            detail=cause.detail,
        )


def _ms(stall: Gap) -> float:
    return (stall[1] - stall[0]) / 1e6


def _groups(found: Iterable[tuple[Gap, int, Cause]]) -> tuple[StallGroup, ...]:
    by_cause: dict[str, list[float]] = {}
    for stall, _, cause in found:
        by_cause.setdefault(cause.kind, []).append(_ms(stall))
    groups = (
        StallGroup(cause=kind, count=len(all_ms), seconds=sum(all_ms) / 1e3, longest_ms=max(all_ms))
        for kind, all_ms in by_cause.items()
    )
    return tuple(sorted(groups, key=lambda group: -group.seconds))
