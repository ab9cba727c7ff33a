"""What happened, as marks on a time axis: load changed, memory spilled, server died, SLO missed."""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.server.state import ServerState
from rocmtui.core.session.events import CHANGED, Event, Noticed, ServerChanged
from rocmtui.core.text.late_regex import LateRegex

Kind = Literal["changed", "spill", "crash", "slo"]
_CHANGE = LateRegex(r"(concurrency|rate) is now ([\d.]+)")


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened at one moment, in a word or two."""

    at_ns: int
    kind: Kind
    text: str


class MarkWatch:
    """Makes marks of a session's events."""

    def __init__(self) -> None:
        self._missed: set[str] = set()
        self._failed = False

    def observe(self, event: Event) -> list[Mark]:
        """The marks an event brings."""
        match event:
            case Noticed(code=code, text=text) if code == CHANGED:
                return [Mark(at_ns=event.at_ns, kind="changed", text=_changed(text))]
            case Noticed(code="spill"):
                return [Mark(at_ns=event.at_ns, kind="spill", text="spill")]
            case ServerChanged(status=status):
                died, self._failed = not self._failed, status.state is ServerState.FAILED
                return [Mark(at_ns=event.at_ns, kind="crash", text="crash")] if died and self._failed else []
            case LiveSnapshot():
                return self._slos(event)
        return []

    def _slos(self, live: LiveSnapshot) -> list[Mark]:
        """An SLO that is missed is told once, and again when it had been met meanwhile."""
        missed = {slo.expression for slo in live.slo if slo.met is False}
        new, self._missed = missed - self._missed, missed
        return [Mark(at_ns=live.at_ns, kind="slo", text=text) for text in sorted(new)]


def _changed(text: str) -> str:
    """`6 workers`, `2.5/s`, `paused`."""
    found = _CHANGE.search(text)
    if found is None:
        return text
    return f"{found[2]} workers" if found[1] == "concurrency" else f"{found[2]}/s"
