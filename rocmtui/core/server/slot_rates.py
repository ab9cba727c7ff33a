"""Tokens per second of each slot, from what successive readings say it has generated."""

from __future__ import annotations

from collections import deque

import msgspec

from rocmtui.core.server.state import SlotReading

WINDOW_NS = 1_500_000_000


class SlotRates:
    """Remembers the last readings of each (slot, task): a slot that takes a new task starts anew."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int | None], deque[tuple[int, int]]] = {}

    def observe(self, slots: tuple[SlotReading, ...], at_ns: int) -> tuple[SlotReading, ...]:
        """The same readings with `tps`; None until a task's second reading with tokens."""
        busy = {(slot.id, slot.task) for slot in slots if slot.decoded > 0 and slot.is_processing}
        self._seen = {key: self._seen.get(key, deque()) for key in busy}
        return tuple(self._with_rate(slot, at_ns) for slot in slots)

    def _with_rate(self, slot: SlotReading, at_ns: int) -> SlotReading:
        seen = self._seen.get((slot.id, slot.task))
        if seen is None:
            return slot
        seen.append((at_ns, slot.decoded))
        while len(seen) > 2 and seen[1][0] <= at_ns - WINDOW_NS:
            seen.popleft()
        first_ns, first_decoded = seen[0]
        if at_ns <= first_ns or slot.decoded < first_decoded:
            return slot
        tps = (slot.decoded - first_decoded) / ((at_ns - first_ns) / 1e9)
        return msgspec.structs.replace(slot, tps=tps)
