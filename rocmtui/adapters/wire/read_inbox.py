"""When connections parse the reads they have stamped: soon, or later and many at a time.

Stamping and parsing are apart for two reasons: a token's stamp does not wait for the parsing of its
neighbours, and parsing many reads in a row costs a fraction of parsing each in a turn of the loop of its own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

MAX_DELAY_S = 0.1
READS_A_TURN = 16
"""So many are parsed in a fraction of a millisecond, in which nothing can be stamped."""


class Parsing(Protocol):
    """A connection that keeps stamped reads."""

    def parse(self) -> int:
        """Parse all it kept; how many reads that were."""


class ReadInbox:
    """The connections of a transport that keep reads."""

    __slots__ = ("_due", "_keeping", "_loop", "_timer", "_urgent")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._urgent: list[Parsing] = []
        self._keeping: list[Parsing] = []
        self._due: deque[Parsing] = deque()
        """Those whose time has come, a few in each turn of the loop."""
        self._timer: asyncio.TimerHandle | None = None

    def soon(self, connection: Parsing) -> None:
        """It parses when everything that came in this turn of the loop is stamped."""
        if not self._urgent:
            self._loop.call_soon(self._turn_over)
        self._urgent.append(connection)

    def later(self, connection: Parsing) -> None:
        """It parses within MAX_DELAY_S or so."""
        self._keeping.append(connection)
        if self._timer is None:
            self._timer = self._loop.call_later(MAX_DELAY_S, self._time_is_up)

    async def catch_up(self) -> None:
        """Return when everything kept until now is parsed."""
        self._all_are_due()
        while self._due:
            self._parse_some()
            await asyncio.sleep(0)

    def _turn_over(self) -> None:
        connections, self._urgent = self._urgent, []
        for connection in connections:
            connection.parse()

    def _time_is_up(self) -> None:
        self._timer = None
        self._all_are_due()
        self._parse_on()

    def _all_are_due(self) -> None:
        self._due.extend(self._keeping)
        self._keeping.clear()

    def _parse_on(self) -> None:
        self._parse_some()
        if self._due:
            self._loop.call_soon(self._parse_on)

    def _parse_some(self) -> None:
        parsed = 0
        while self._due and parsed < READS_A_TURN:
            parsed += self._due.popleft().parse()
