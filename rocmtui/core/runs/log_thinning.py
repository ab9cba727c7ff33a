"""Keeps the server's log small among the events of a run, however much a server writes.

Its beginning is kept as it came: five minutes, at most 4 MiB. After that a few lines a second, and when the
server's state changes, and at the end, the last ones whole, headed by how many were left out.
"""

from __future__ import annotations

from collections import deque

import msgspec

from rocmtui.core.session.events import LogRead
from rocmtui.core.text import forms

FULL_NS = 300_000_000_000
"""How long everything is kept."""
FULL_CHARS = 4 << 20
"""At most so much of the log."""
MAX_LINES_A_SECOND = 5
MAX_LINE_CHARS = 2000
"""Of lines after the beginning; a screen shows no more."""
LAST_LINES = 200


class LogThinner:
    """One a run; its memory does not grow with what it is given."""

    def __init__(self) -> None:
        self._chars = 0
        self._second = self._used = 0
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._left_out = 0

    def take(self, event: LogRead, start_ns: int) -> LogRead | None:
        """What of it is written, in a run that began at `start_ns`."""
        self._chars += sum(map(len, event.lines))
        if event.at_ns - start_ns < FULL_NS and self._chars <= FULL_CHARS:
            return event
        second = event.at_ns // 1_000_000_000
        if second != self._second:
            self._second, self._used = second, 0
        lines = [line[:MAX_LINE_CHARS] for line in event.lines]
        self._last.extend(lines)
        kept = lines[: MAX_LINES_A_SECOND - self._used]
        self._used += len(kept)
        self._left_out += len(lines) - len(kept)
        return msgspec.structs.replace(event, lines=tuple(kept)) if kept else None

    def last(self, at_ns: int) -> LogRead | None:
        """The last lines, where some of the log was left out since they were written the last time."""
        if not self._left_out:
            return None
        gone = forms.plural(self._left_out, "line")
        head = f"... {gone} left out among those above; the last {len(self._last)}: ..."
        self._left_out = 0
        return LogRead(at_ns=at_ns, lines=(head, *self._last))
