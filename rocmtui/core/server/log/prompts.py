"""How long the prompt of each slot's task is: /slots does not say, the server's log does."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rocmtui.core.server.state import SlotReading
from rocmtui.core.text.late_regex import LateRegex

_NEW_PROMPT = LateRegex(r"id\s+(\d+) \| task (\d+) \| new prompt,.*?n_(?:prompt_)?tokens = (\d+)")
MAX_TASKS = 512


class SlotPrompts:
    """Remembers the prompt length of each (slot, task) it has read of; bounded."""

    def __init__(self) -> None:
        self._totals: dict[tuple[int, int], int] = {}

    def read(self, lines: Iterable[str]) -> None:
        """Take lines of the server's log."""
        for line in lines:
            found = _NEW_PROMPT.search(line)
            if found is not None:
                slot, task, total = map(int, found.groups())
                self._totals[slot, task] = total
        while len(self._totals) > MAX_TASKS:
            del self._totals[next(iter(self._totals))]

    def total(self, slot: int, task: int | None) -> int | None:
        """The prompt length of a task; None where the log has not told it."""
        return None if task is None else self._totals.get((slot, task))

    def complete(self, slots: tuple[SlotReading, ...]) -> tuple[SlotReading, ...]:
        """The readings with `prompt_total` where it is known."""
        totals = ((slot, self.total(slot.id, slot.task) or slot.prompt_total) for slot in slots)
        return tuple(msgspec.structs.replace(slot, prompt_total=total) for slot, total in totals)
