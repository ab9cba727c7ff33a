"""Keeps the clock of a load process on another machine known, before, during and after a load, and notes when
it no longer answers."""

from __future__ import annotations

import asyncio

import msgspec

from rocmtui.core.load.far.clock import ClockFound, FarClock, RoundTrip, quickest
from rocmtui.core.load.far.times import record_of_ours, snapshot_of_ours
from rocmtui.core.load.said import LoadFinished, Requests, Said, TimeTold
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.session.commands import AskTime
from rocmtui.core.session.ports import Clock, LoadProcess
from rocmtui.errors import LoadProcessError

TRIPS = 16
EVERY_S = 5.0
SILENCE_S = 15.0
"""Who answers nothing for so long is lost."""
_MOMENTS = ("at_ns", "first_sent_ns", "last_done_ns", "window_start_ns", "window_end_ns")


class FarWatch:
    """Asks one far process for the time; what it says is fed in by who reads its events."""

    def __init__(self, process: LoadProcess, clock: Clock) -> None:
        self._process = process
        self._clock = clock
        self._far = FarClock()
        self._answer: asyncio.Future[RoundTrip] | None = None
        self._asking = asyncio.Lock()
        self._gone = False

    @property
    def found(self) -> ClockFound | None:
        """What is known of its clock."""
        return self._far.found()

    def theirs(self, ours_ns: int) -> int:
        """A time of ours by its clock."""
        return self._far.theirs(ours_ns)

    def take(self, told: TimeTold) -> None:
        """Its answer, as soon as it is here."""
        heard_ns = self._clock.monotonic_ns()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(RoundTrip(told.asked_ns, told.at_ns, heard_ns))

    def gone(self) -> None:
        """There will be no answer any more."""
        self._gone = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(LoadProcessError("it has ended"))

    async def ask(self) -> None:
        """One round of trips. Raises TimeoutError without an answer, LoadProcessError when it is gone."""
        async with self._asking, asyncio.timeout(SILENCE_S):
            trips = [await self._trip() for _ in range(TRIPS)]
        self._far.add(quickest(trips))

    async def _trip(self) -> RoundTrip:
        if self._gone:
            raise LoadProcessError("it has ended")
        self._answer = asyncio.get_running_loop().create_future()
        await self._process.send(AskTime(asked_ns=self._clock.monotonic_ns()))
        return await self._answer

    async def watch(self) -> None:
        """Ask every few seconds until cancelled; a process that does not answer is given up."""
        try:
            while True:
                await self._clock.sleep(EVERY_S)
                await self.ask()
        except TimeoutError:
            self._process.give_up(f"has not answered for {SILENCE_S:g} s")
        except LoadProcessError:
            return

    def of_ours(self, event: Said) -> Said:
        """What it says with its times by our clock."""
        ahead_ns = self._far.ahead_ns(event.at_ns)
        match event:
            case LiveSnapshot():
                return snapshot_of_ours(event, ahead_ns)
            case Requests():
                records = tuple(record_of_ours(record, ahead_ns) for record in event.records)
                return msgspec.structs.replace(event, at_ns=event.at_ns - ahead_ns, records=records)
            case LoadFinished():
                moments = {n: at - ahead_ns for n in _MOMENTS if (at := getattr(event, n)) is not None}
                return msgspec.structs.replace(event, **moments)
        return event
