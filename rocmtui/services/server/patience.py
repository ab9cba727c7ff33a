"""Says what is awaited when a wait grows long, so that nothing waits in silence."""

from __future__ import annotations

from rocmtui.core.session.events import Noticed
from rocmtui.core.session.ports import Clock, EventSink

FIRST_S = 10.0
LONGEST_S = 60.0


class Patience:
    """One wait. The first line comes after ten seconds, then at growing distances, a minute at the most."""

    def __init__(self, clock: Clock, sink: EventSink) -> None:
        self._clock = clock
        self._sink = sink
        self._began_ns = clock.monotonic_ns()
        self._next_s = FIRST_S

    @property
    def waited_s(self) -> float:
        """Since the wait began."""
        return (self._clock.monotonic_ns() - self._began_ns) / 1e9

    def say(self, awaited: str) -> None:
        """Say what is awaited, if it is time."""
        waited_s = self.waited_s
        if waited_s < self._next_s:
            return
        self._next_s = waited_s + min(waited_s, LONGEST_S)
        text = f"waiting for {waited_s:.0f} s: {awaited}"
        self._sink.emit(Noticed(at_ns=self._clock.monotonic_ns(), level="info", text=text, code="waiting"))
