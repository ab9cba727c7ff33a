"""What a session has counted since it began: whatever loads came and went, whatever server restarted."""

from __future__ import annotations

from collections import Counter

import msgspec

from rocmtui.core.load.said import Requests
from rocmtui.core.request.metrics import METRICS
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.server.state import ServerStatus, SlotReading
from rocmtui.core.session.events import Event, GpuRead, ServerChanged, ServerTraffic, SlotsRead
from rocmtui.core.stats.histogram import Histogram

TIMED = ("ttft", "itl", "request_latency", "queue_wait")
"""Metrics whose distributions are kept."""


class Sums(msgspec.Struct, kw_only=True):
    """Requests and tokens, only ever growing."""

    requests: Counter[str] = msgspec.field(default_factory=Counter)
    """By outcome: `completed`, `cancelled`, or the kind of error."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0


class SessionTotals:
    """Folds a session's events; bounded memory, O(1) an event and a request."""

    def __init__(self) -> None:
        self.ours, self.others = Sums(), Sums()
        self.timed = {tag: Histogram() for tag in TIMED}
        """Milliseconds, of our own completed requests."""
        self.server = ServerStatus()
        self.slots: tuple[SlotReading, ...] = ()
        self.deferred: int | None = None
        self.traffic: ServerTraffic | None = None
        self.gpu: GpuRead | None = None

    def observe(self, event: Event) -> None:
        """Take one event."""
        match event:
            case Requests():
                for record in event.records:
                    self._count(record)
            case ServerChanged():
                self.server = event.status
            case SlotsRead():
                self.slots, self.deferred = event.slots, event.deferred
            case ServerTraffic():
                self.traffic = event
                for served in event.served:
                    if not served.ours:
                        self.others.requests["completed"] += 1
                        self.others.prompt_tokens += served.prompt_tokens or served.prefill_tokens
                        self.others.cached_tokens += served.cached_tokens or 0
                        self.others.output_tokens += served.output_tokens
            case GpuRead():
                self.gpu = event

    def _count(self, record: RequestRecord) -> None:
        outcome = "cancelled" if record.cancelled else record.error.kind if record.error else "completed"
        self.ours.requests[str(outcome)] += 1
        self.ours.prompt_tokens += record.prompt_tokens or 0
        self.ours.cached_tokens += record.cached_tokens or 0
        self.ours.output_tokens += record.output_tokens or 0
        if record.completed:
            for tag, histogram in self.timed.items():
                read = METRICS[tag].value
                value = read(record) if read else None
                if value is not None:
                    histogram.add(value)
