"""Which lines of a data set are turns of one conversation, and what they come to."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence

import msgspec

from rocmtui.core.load.conversation import Conversation, Turn
from rocmtui.core.load.dataset.entry import Entry
from rocmtui.core.load.scenario import Message


class Joining:
    """Takes the entries of a data set in their order and says which belong together.

    By `session_id`; or where the messages of a line begin with all those of the line before.
    """

    def __init__(self) -> None:
        self._group_of = array("L")
        self._sessions: dict[str, int] = {}
        self._groups = 0
        self._before: tuple[Message, ...] = ()
        self.any_joined = False
        """Whether any conversation was met."""
        self.at_ms = array("d")
        """When each line was, or not a number."""
        self.left_out: dict[str, None] = {}
        """Names of what was not understood."""

    def take(self, entry: Entry) -> None:
        """The next entry."""
        begun_with = bool(self._before) and entry.messages[: len(self._before)] == self._before
        if entry.session is not None:
            group = self._sessions.setdefault(entry.session, self._groups)
            self.any_joined = True
        elif begun_with and len(entry.messages) > len(self._before):
            group = self._groups - 1
            self.any_joined = True
        else:
            group = self._groups
            self.any_joined = self.any_joined or bool(entry.turns)
        self._groups = max(self._groups, group + 1)
        self._group_of.append(group)
        self._before = entry.messages if entry.session is None else ()
        self.at_ms.append(math.nan if entry.timestamp_ms is None else entry.timestamp_ms)
        self.left_out |= dict.fromkeys(entry.left_out)

    def groups(self) -> Sequence[Sequence[int]]:
        """Numbers of entries, by conversation."""
        found: list[array[int]] = [array("L") for _ in range(self._groups)]
        for entry, group in enumerate(self._group_of):
            found[group].append(entry)
        return found


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """How the times of a data set are heeded."""

    zero_ms: float
    """The moment that is the start of the load."""
    scale: float = 1.0

    def at_s(self, timestamp_ms: float | None) -> float | None:
        """When it is due, from the start of the load; None: when the turn before has ended."""
        return None if timestamp_ms is None else (timestamp_ms - self.zero_ms) / 1e3 * self.scale


def conversation_of(number: int, entries: Iterable[Entry], times: Times | None = None) -> Conversation:
    """The conversation of entries that belong together, in their order; with `times` due at theirs."""
    scale = 1.0 if times is None else times.scale
    turns: list[Turn] = []
    said: tuple[Message, ...] = ()
    for entry in entries:
        if entry.turns:
            turns += entry.turns
            continue
        begun_with = bool(turns) and entry.messages[: len(said)] == said
        added = entry.messages[len(said) :] if begun_with else entry.messages
        fresh = bool(turns) and not begun_with and not entry.is_prompt
        if begun_with:
            answered = next((i for i, m in enumerate(added) if m.role != "assistant"), len(added))
            reply, added = added[:answered], added[answered:]
            needs = bool(added) and added[0].role == "tool"
            turns[-1] = msgspec.structs.replace(turns[-1], reply=reply, needs_reply=needs)
        turns.append(
            Turn(
                messages=added,
                fresh=fresh,
                at_s=None if times is None else times.at_s(entry.timestamp_ms),
                think_s=None if entry.delay_ms is None else entry.delay_ms / 1e3 * scale,
                max_tokens=entry.max_tokens,
                extras=entry.extras,
            )
        )
        said = (*said, *entry.messages) if entry.is_prompt else entry.messages
    return Conversation(number=number, turns=tuple(turns))
