"""When so many requests of a load have failed that it must end."""

from __future__ import annotations

from collections.abc import Iterable

from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.text import forms

MIN_ENDED = 20
"""Requests that must have ended before the error rate may stop a load of unknown length."""


class ErrorLimit:
    """Takes the records of all load processes; `limit` is the share of failures that is still borne.

    A load of known length ends when it cannot keep the limit any more.
    """

    def __init__(self, limit: float | None, requests: int | None) -> None:
        self._limit = limit
        self._requests = requests
        self._failed = 0
        self._completed = 0

    def take(self, records: Iterable[RequestRecord]) -> str | None:
        """Count the measured ones; why the load must end, said once; None otherwise."""
        for record in records:
            if record.phase is Phase.MEASURED:
                self._failed += record.error is not None
                self._completed += record.completed
        ended = self._failed + self._completed
        if self._limit is None or (self._requests is None and ended < MIN_ENDED):
            return None
        limit = self._limit
        if self._failed <= limit * (ended if self._requests is None else self._requests):
            return None
        self._limit = None
        return f"{self._failed} of {ended} requests failed, over {forms.share(limit)}"
