"""What happened, as marks on a time axis: load changed, memory spilled, server died, SLO missed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Literal

import msgspec

from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.server.state import ServerState
from rocmtui.core.session.events import CHANGED, Event, Noticed, ServerChanged
from rocmtui.core.text.late_regex import LateRegex
from rocmtui.core.text.sanitize import clean_line

Kind = Literal["changed", "spill", "crash", "slo"]
MOST_VALUES = 3
"""Of a change made over and over: the first ones and the last."""
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


def changes_words(texts: Iterable[str]) -> str:
    """`5, 6 workers, paused`: the changes of a load in their order, each kind named once a row."""
    rows = groupby(map(_parts, texts), key=lambda part: part[1])
    return ", ".join(_row([value for value, _ in row]) + unit for unit, row in rows)


def _row(values: list[str]) -> str:
    return ", ".join(
        values if len(values) <= MOST_VALUES else [*values[: MOST_VALUES - 1], f"… {values[-1]}"]
    )


def _changed(text: str) -> str:
    """`6 workers`, `2.5/s`, `paused`."""
    return "".join(_parts(text))


def _parts(text: str) -> tuple[str, str]:
    """A value and its unit."""
    found = _CHANGE.search(text)
    if found is None:
        return clean_line(text, 40), ""
    return found[2], " workers" if found[1] == "concurrency" else "/s"
