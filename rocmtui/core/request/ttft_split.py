"""What a TTFT is made of: queue on the server, prefill on the server, and the rest."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import add

import msgspec

from rocmtui.core.request import values
from rocmtui.core.request.record import RequestRecord


class TtftSplit(msgspec.Struct, frozen=True):
    """The parts of one TTFT, or of a mean one, in milliseconds; they add up to it."""

    queue_ms: float
    prefill_ms: float
    overhead_ms: float

    @property
    def total_ms(self) -> float:
        """The TTFT."""
        return self.queue_ms + self.prefill_ms + self.overhead_ms

    @property
    def parts(self) -> tuple[float, float, float]:
        """In the order they happen."""
        return self.queue_ms, self.prefill_ms, self.overhead_ms


def split_of(record: RequestRecord) -> TtftSplit | None:
    """The split of one request; None where a part is not known. A rest below zero counts as zero."""
    wait, prefill, rest = values.queue_wait(record), values.prefill_ms(record), values.overhead(record)
    if wait is None or prefill is None or rest is None:
        return None
    return TtftSplit(wait, prefill, max(rest, 0.0))


def wire_ms(record: RequestRecord) -> float | None:
    """How much of the rest is the wire at least: one smallest round trip, to the server and back."""
    split, round_trip = split_of(record), values.network_rtt_min(record)
    return None if split is None or round_trip is None else min(round_trip, split.overhead_ms)


class RecentSplits:
    """Splits of the measured, completed requests of a sliding list; each is worked out once."""

    def __init__(self) -> None:
        self._records: Sequence[RequestRecord] = ()
        self.splits: list[tuple[RequestRecord, TtftSplit]] = []
        """Requests whose split is known, newest last."""

    def observe(self, records: Sequence[RequestRecord]) -> None:
        """Take the list as it is now: at its end new ones came, at its start some may have gone."""
        if records is self._records:
            return
        last = self._records[-1] if self._records else None
        new = 0
        while new < len(records) and records[-1 - new] is not last:
            new += 1
        kept = {id(record) for record in records[: len(records) - new]}
        fresh = [(record, split_of(record)) for record in records[len(records) - new :] if record.counts]
        self.splits = [
            *(entry for entry in self.splits if id(entry[0]) in kept),
            *((record, split) for record, split in fresh if split is not None),
        ]
        self._records = records

    def mean(self) -> TtftSplit | None:
        """The mean of each part; None where no request has a split."""
        columns = zip(*(split.parts for _, split in self.splits), strict=True)
        return TtftSplit(*(sum(column) / len(column) for column in columns)) if self.splits else None

    def shares(self, edges: Sequence[float]) -> list[tuple[float, ...] | None]:
        """For each TTFT bin between `edges` (ms), which share of it was queue, prefill and rest (sum 1)."""
        bins = len(edges) - 1
        sums = [[0.0, 0.0, 0.0] for _ in range(bins)]
        for _, split in self.splits:
            parts = sums[min(max(bisect_right(edges, split.total_ms) - 1, 0), bins - 1)]
            parts[:] = map(add, parts, split.parts)
        totals = map(sum, sums)
        return [
            tuple(part / total for part in parts) if total > 0 else None
            for parts, total in zip(sums, totals, strict=True)
        ]
