"""Tokens per second of each slot, and whether it stands still, from what successive readings say."""

from __future__ import annotations

from collections import deque

import msgspec

from rocmtui.core.server.state import SlotReading

WINDOW_NS = 1_500_000_000
STILL_NS, TIMES_USUAL = 200_000_000, 10
"""A slot stands still that has made no token for longer than both: so long, and so many times its usual."""


class SlotRates:
    """Remembers the last readings of each (slot, task): a slot that takes a new task starts anew."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int | None], deque[tuple[int, int]]] = {}
        self._moved: dict[tuple[int, int | None], tuple[int, int, float]] = {}
        """Of each task: tokens, since when so many, and nanoseconds a token before."""

    def observe(self, slots: tuple[SlotReading, ...], at_ns: int) -> tuple[SlotReading, ...]:
        """The same readings with `tps`; None until a task's second reading with tokens."""
        busy = {(slot.id, slot.task) for slot in slots if slot.decoded > 0 and slot.is_processing}
        self._seen = {key: self._seen.get(key, deque()) for key in busy}
        self._moved = {key: moved for key, moved in self._moved.items() if key in busy}
        return tuple(self._with_rate(slot, at_ns) for slot in slots)

    def _with_rate(self, slot: SlotReading, at_ns: int) -> SlotReading:
        seen = self._seen.get((slot.id, slot.task))
        if seen is None:
            return slot
        seen.append((at_ns, slot.decoded))
        slot = self._with_stall(slot, at_ns)
        while len(seen) > 2 and seen[1][0] <= at_ns - WINDOW_NS:
            seen.popleft()
        first_ns, first_decoded = seen[0]
        if at_ns <= first_ns or slot.decoded < first_decoded:
            return slot
        tps = (slot.decoded - first_decoded) / ((at_ns - first_ns) / 1e9)
        return msgspec.structs.replace(slot, tps=tps)

    def _with_stall(self, slot: SlotReading, at_ns: int) -> SlotReading:
        key = slot.id, slot.task
        decoded, since_ns, usual_ns = self._moved.get(key, (slot.decoded, at_ns, 0.0))
        if slot.decoded != decoded:
            usual_ns = (at_ns - since_ns) / max(slot.decoded - decoded, 1)
            decoded, since_ns = slot.decoded, at_ns
        self._moved[key] = decoded, since_ns, usual_ns
        still_ns = at_ns - since_ns
        if not usual_ns or still_ns <= max(STILL_NS, TIMES_USUAL * usual_ns):
            return slot
        return msgspec.structs.replace(slot, stalled_ms=still_ns / 1e6)
