"""Which requests of a load process have not been heard of again, should it die."""

from __future__ import annotations


class Outstanding:
    """Numbers 0, 1, 2 ... begun in order and ended in any order; memory is bounded by those under way."""

    def __init__(self) -> None:
        self._begun = 0
        self._all_ended_below = 0
        self._ended_above: set[int] = set()

    def begin_until(self, begun: int) -> None:
        """The first `begun` numbers have been begun."""
        self._begun = max(self._begun, begun)

    def end(self, number: int) -> None:
        """One has ended."""
        self.begin_until(number + 1)
        self._ended_above.add(number)
        while self._all_ended_below in self._ended_above:
            self._ended_above.remove(self._all_ended_below)
            self._all_ended_below += 1

    def open(self) -> list[int]:
        """Those begun and not ended, ascending."""
        numbers = range(self._all_ended_below, self._begun)
        return [number for number in numbers if number not in self._ended_above]
