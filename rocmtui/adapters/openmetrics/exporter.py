"""Listens to a session and tells whoever asks; the asking happens in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from prometheus_client.core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from rocmtui.adapters.openmetrics.families import families
from rocmtui.core.session.events import Event
from rocmtui.core.session.totals import SessionTotals


class Exporter(Collector):
    """An EventSink whose registry answers from what it was told last: asking touches nothing else."""

    def __init__(self) -> None:
        self._totals = SessionTotals()
        self._lock = threading.Lock()
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def emit(self, event: Event) -> None:
        """Take one event of the session."""
        with self._lock:
            self._totals.observe(event)

    def describe(self) -> list[Metric]:
        """Nothing is promised before there is something to tell."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All families, at this moment."""
        with self._lock:
            yield from list(families(self._totals))
