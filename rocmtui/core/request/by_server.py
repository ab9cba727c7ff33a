"""Requests told apart by the server they went to, where a load goes to several."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import msgspec

from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.request.values import itl, ttft
from rocmtui.core.stats.quantiles import quantile_of


class ServerShare(msgspec.Struct, frozen=True, kw_only=True):
    """What one server of a fleet did of the measured load. None: nothing to take it from."""

    url: str
    sent: int
    completed: int
    failed: int
    output_tokens: int
    output_tps: float | None = None
    """Over the window of the whole load, so that the servers add up."""
    ttft_p50_ms: float | None = None
    ttft_p95_ms: float | None = None
    itl_p50_ms: float | None = None


class _Server:
    def __init__(self) -> None:
        self.sent = self.completed = self.failed = self.output_tokens = 0
        self.ttft: array[float] = array("d")
        self.itl: array[float] = array("d")

    def add(self, record: RequestRecord) -> None:
        self.sent += 1
        self.failed += record.error is not None
        if not record.completed:
            return
        self.completed += 1
        self.output_tokens += record.output_tokens or record.content_events
        for values, value in ((self.ttft, ttft(record)), (self.itl, itl(record))):
            if value is not None:
                values.append(value)

    def share(self, url: str, seconds: float | None) -> ServerShare:
        return ServerShare(
            url=url,
            sent=self.sent,
            completed=self.completed,
            failed=self.failed,
            output_tokens=self.output_tokens,
            output_tps=self.output_tokens / seconds if seconds else None,
            ttft_p50_ms=quantile_of(self.ttft, 0.5),
            ttft_p95_ms=quantile_of(self.ttft, 0.95),
            itl_p50_ms=quantile_of(self.itl, 0.5),
        )


class ServersTally:
    """Takes records; 16 bytes each."""

    def __init__(self) -> None:
        self._servers: dict[int, _Server] = {}

    def add(self, record: RequestRecord) -> None:
        """Take one. What was lost with its load process went nobody knows where."""
        if record.phase is Phase.MEASURED and record.server is not None:
            self._servers.setdefault(record.server, _Server()).add(record)

    def shares(self, urls: Sequence[str], seconds: float | None) -> tuple[ServerShare, ...]:
        """One for each server, in their order; none where there is only one."""
        if len(urls) < 2:
            return ()
        return tuple(self._servers.get(n, _Server()).share(url, seconds) for n, url in enumerate(urls))
