"""One request sent and recorded, however it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rocmtui.core.load.live import LiveStats
from rocmtui.core.request.trace import RequestTrace
from rocmtui.core.session.ports import Clock


@contextmanager
def recorded(
    trace: RequestTrace, stats: LiveStats, clock: Clock, record: Callable[[bool], None]
) -> Iterator[None]:
    """A request is sent within it; then `record` makes its record, told whether it was cancelled."""
    stats.begun()
    cancelled = True
    try:
        yield
        cancelled = False
    finally:
        (trace.cancel if cancelled else trace.end)(clock.monotonic_ns())
        record(cancelled)
