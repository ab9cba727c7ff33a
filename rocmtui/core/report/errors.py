"""The requests of a report by how they ended, and those that failed alike."""

from __future__ import annotations

import msgspec


class ErrorGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Measured requests that failed alike."""

    kind: str
    count: int
    message: str
    """Of the first of them; the server's own words where it gave any (untrusted text)."""
    status: int | None = None
    remedy: str | None = None


class RequestCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Measured requests: sent = completed + failed + cancelled."""

    sent: int
    completed: int
    failed: int
    cancelled: int
    empty: int = 0
    """Of the completed: replies without any content. They are within no SLO and in no latency."""
    dropped: int = 0
    """Open loop: arrivals over the cap on requests in flight."""
    by_error: dict[str, int] = msgspec.field(default_factory=dict)
    errors: tuple[ErrorGroup, ...] = ()
    """The same with a message each, most frequent first."""

    @property
    def error_rate(self) -> float | None:
        """Failed requests as a share of those that were not cancelled; None before any ended."""
        ended = self.failed + self.completed
        return self.failed / ended if ended else None
