"""The further servers of a fleet are asked each by itself, as often as one that was attached to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rocmtui.adapters.server.local_process import LocalProcess
from rocmtui.core.server.state import SlotReading
from rocmtui.core.session.events import FleetRead
from rocmtui.services.session.fleet_watch import FleetWatch
from tests.fakes.manual_clock import ManualClock
from tests.fakes.scripted_server import EventList, ScriptedProbe

A, B, C = "http://a:1", "http://b:2", "http://c:3"


class HangingProbe(ScriptedProbe):
    """One that never gets an answer, from when it is told so."""

    hangs = False

    async def health(self) -> str:
        await self._maybe()
        return await super().health()

    async def slots(self) -> tuple[SlotReading, ...] | None:
        await self._maybe()
        return await super().slots()

    async def _maybe(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()


class Fleet:
    """A watch over scripted probes; `command` is that of the process at A."""

    def __init__(self, command: str = "") -> None:
        self.clock, self.sink = ManualClock(), EventList()
        self.probes: dict[str, HangingProbe] = {}
        self.keys: list[str | None] = []
        seen = LocalProcess(1, tuple(command.split()), 0)
        self.watch = FleetWatch(self.probe, {A: seen}.get, self.clock, self.sink)

    def probe(self, url: str, key: str | None) -> HangingProbe:
        self.keys.append(key)
        probe = self.probes[url] = HangingProbe()
        probe.reply, probe.readings = "ok", slots(0, 2)
        return probe

    @property
    def told(self) -> list[FleetRead]:
        return self.sink.of(FleetRead)

    def last(self, number: int) -> tuple[str, int | None, int | None]:
        """What that server said last."""
        said = next(event for event in reversed(self.told) if event.server == number)
        return said.state, said.busy, said.slots

    def slots_asked(self) -> list[int]:
        return [probe.asked.count("slots") for probe in self.probes.values()]


@asynccontextmanager
async def watched(*urls: str, key: str | None = None, command: str = "") -> AsyncIterator[Fleet]:
    fleet = Fleet(command)
    fleet.watch.watch(urls, key)
    try:
        yield fleet
    finally:
        await fleet.watch.close()


def slots(busy: int, count: int) -> tuple[SlotReading, ...]:
    return tuple(SlotReading(id=n, n_ctx=64, is_processing=n < busy) for n in range(count))


async def test_each_is_asked_as_often_as_one_that_was_attached_to_and_never_for_metrics() -> None:
    async with watched(A, B, key="k") as fleet:
        await fleet.clock.advance(10)
        assert fleet.keys == ["k", "k"]
        assert fleet.slots_asked() == [21, 21]
        for probe in fleet.probes.values():
            assert probe.asked.count("health") == 11
            assert "metrics" not in probe.asked
        fleet.probes[B].readings = slots(2, 3)
        await fleet.clock.advance(0.6)
        assert (fleet.last(1), fleet.last(2)) == (("read", 0, 2), ("read", 2, 3))
    assert [probe.closed for probe in fleet.probes.values()] == [1, 1]


async def test_one_that_shows_no_slots_or_hangs_holds_up_no_other() -> None:
    async with watched(A, B, C) as fleet:
        await fleet.clock.advance(1)
        fleet.probes[A].readings = None
        fleet.probes[A].switched_off = {"/slots"}
        fleet.probes[B].hangs = True
        fleet.probes[C].readings = slots(1, 4)
        await fleet.clock.advance(2)
        assert [fleet.last(n) for n in (1, 2, 3)] == [("off", None, None), ("read", 0, 2), ("read", 1, 4)]
        asked = fleet.slots_asked()
        await fleet.clock.advance(5)
        assert [now - before for now, before in zip(fleet.slots_asked(), asked, strict=True)] == [0, 0, 10]


async def test_one_that_does_not_answer_is_silent_until_it_does() -> None:
    async with watched(A, B) as fleet:
        await fleet.clock.advance(0)
        fleet.probes[B].switched_off = {"/slots"}
        await fleet.clock.advance(1)
        assert fleet.last(2)[0] == "off"
        for probe in fleet.probes.values():
            probe.reply, probe.readings = "refused", None
        await fleet.clock.advance(3)
        assert (fleet.last(1)[0], fleet.last(2)[0]) == ("silent", "silent")
        for probe in fleet.probes.values():
            probe.reply, probe.readings = "ok", slots(1, 2)
        await fleet.clock.advance(2)
        assert (fleet.last(1), fleet.last(2)) == (("read", 1, 2), ("off", None, None))


async def test_others_take_the_place_of_those_that_were_watched_and_the_same_say_again() -> None:
    async with watched(A, B) as fleet:
        await fleet.clock.advance(1)
        told = len(fleet.told)
        fleet.watch.watch((A, B), None)
        assert [event.server for event in fleet.told[told:]] == [1, 2]
        assert len(fleet.keys) == 2
        fleet.watch.watch((C,), None)
        told = len(fleet.told)
        fleet.probes[A].readings = slots(2, 2)
        await fleet.clock.advance(2)
        assert {event.server for event in fleet.told[told:]} == {1}
        assert fleet.last(1) == ("read", 0, 2)
        assert (fleet.probes[A].closed, fleet.probes[B].closed, fleet.probes[C].closed) == (1, 1, 0)


async def test_one_that_may_fall_asleep_is_not_kept_awake() -> None:
    async with watched(A, B, command="llama-server --sleep-idle-seconds 9") as fleet:
        for probe in fleet.probes.values():
            probe.gauges = None
            probe.sleeping = True
        await fleet.clock.advance(4)
        asked = fleet.slots_asked()
        await fleet.clock.advance(10)
        assert [now - before for now, before in zip(fleet.slots_asked(), asked, strict=True)] == [0, 20]
