"""One request sent and recorded, however it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rocmtui.core.load.live import LiveStats
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.request.trace import RequestTrace
from rocmtui.core.session.ports import Clock


@contextmanager
def recorded(
    trace: RequestTrace,
    stats: LiveStats,
    clock: Clock,
    take: Callable[[RequestRecord], None],
    *,
    number: int,
    worker: int,
    process: int,
    phase: Phase,
    scheduled_ns: int | None = None,
) -> Iterator[None]:
    """A request is sent within it; then `take` gets its record, also when it was cancelled."""
    stats.begun()
    cancelled = True
    try:
        yield
        cancelled = False
    finally:
        (trace.cancel if cancelled else trace.end)(clock.monotonic_ns())
        record = trace.record(
            id=number,
            worker=worker,
            process=process,
            phase=phase,
            scheduled_ns=scheduled_ns,
            cancelled=cancelled,
        )
        take(record)
