"""Prompt tokens read by all slots, for runs that hold no ServerTraffic."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.server.state import SlotReading


class PromptPace:
    """Prompt tokens a second from successive readings of the slots: for runs that hold no ServerTraffic."""

    def __init__(self) -> None:
        self._before: dict[int, SlotReading] = {}
        self._at_ns: int | None = None

    def observe(self, slots: Sequence[SlotReading], at_ns: int) -> float | None:
        """Of all slots since the reading before; None at the first one, and where slots do not tell."""
        before, last_ns = self._before, self._at_ns
        self._before, self._at_ns = {slot.id: slot for slot in slots}, at_ns
        if last_ns is None or at_ns <= last_ns or all(slot.prompt_processed is None for slot in slots):
            return None
        read = sum(_read_since(before.get(slot.id), slot) for slot in slots if slot.is_processing)
        return read / (at_ns - last_ns) * 1e9


def _read_since(before: SlotReading | None, now: SlotReading) -> int:
    """A task's new tokens; of a new task all but those that lay in the cache."""
    same = before is not None and before.is_processing and before.task == now.task
    start = (before.prompt_processed or 0) if same and before is not None else now.prompt_cached or 0
    return max((now.prompt_processed or 0) - start, 0)
