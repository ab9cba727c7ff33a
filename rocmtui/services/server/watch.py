"""Watches a ready server: is it alive, what do its slots do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from rocmtui.core.server.machine import Answered, Silent
from rocmtui.core.server.slot_rates import SlotRates
from rocmtui.core.server.state import SlotReading
from rocmtui.core.session.events import Noticed, SlotsRead
from rocmtui.core.session.ports import Clock, EventSink, ServerProbe

NO_SLOTS = "/slots is off: what the server's slots do cannot be seen (it would need --slots)"
HEALTH_S = 1.0
SLOTS_S = 0.5
IDLE_S = 3.0
"""How long all slots are idle before a server that may fall asleep is left in peace."""
IDLE_LOOK_S = 20.0
"""How often such a server is looked at that has no /metrics."""


@dataclass(eq=False)
class ServerWatch:
    """Reports to the state machine and emits SlotsRead until cancelled."""

    _probe: ServerProbe
    _clock: Clock
    _sink: EventSink
    _report: Callable[[Answered | Silent], None]
    owned: bool
    """/metrics may be asked as well; asking resets its gauges, so another's server is spared that."""
    may_sleep: bool
    """Asking for /slots keeps such a server awake, so once idle it is asked by other ways."""
    has_slots: bool
    _rates: SlotRates = field(init=False, default_factory=SlotRates)
    _deferred: int | None = field(init=False, default=None)

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch_health())
            if self.has_slots:
                tasks.create_task(self._watch_slots())
            if self.owned:
                tasks.create_task(self._watch_queue())

    async def _watch_health(self) -> None:
        while True:
            began_ns = self._clock.monotonic_ns()
            health = await self._probe.health()
            answered = health in ("ok", "loading")
            self._report(Answered() if answered else Silent(refused=health == "refused"))
            took_s = (self._clock.monotonic_ns() - began_ns) / 1e9
            await self._clock.sleep(max(HEALTH_S - took_s, 0.1 if answered else 0.2))

    async def _watch_slots(self) -> None:
        busy_ns = self._clock.monotonic_ns()
        while True:
            now_ns = self._clock.monotonic_ns()
            if self.may_sleep and now_ns - busy_ns > IDLE_S * 1e9 and not await self._is_busy():
                await self._clock.sleep(HEALTH_S)
                continue
            slots = await self._probe.slots()
            if "/slots" in self._probe.switched_off:
                at_ns = self._clock.monotonic_ns()
                return self._sink.emit(Noticed(at_ns=at_ns, level="info", text=NO_SLOTS, code="no_slots"))
            if slots is not None:
                self._emit(slots)
                if any(slot.is_processing for slot in slots):
                    busy_ns = self._clock.monotonic_ns()
            await self._clock.sleep(SLOTS_S if slots is not None else HEALTH_S)

    def _emit(self, slots: tuple[SlotReading, ...]) -> None:
        at_ns = self._clock.monotonic_ns()
        rated = self._rates.observe(slots, at_ns)
        self._sink.emit(SlotsRead(at_ns=at_ns, slots=rated, deferred=self._deferred))

    async def _is_busy(self) -> bool:
        """Whether requests are served, asked in a way that neither wakes it nor keeps it awake."""
        gauges = await self._probe.requests()
        if gauges is not None:
            return bool(gauges.processing)
        await self._clock.sleep(IDLE_LOOK_S)
        return not await self._probe.asleep()

    async def _watch_queue(self) -> None:
        while True:
            gauges = await self._probe.requests()
            if "/metrics" in self._probe.switched_off:
                return
            self._deferred = gauges.deferred if gauges else None
            if gauges and not self.has_slots:
                self._sink.emit(
                    SlotsRead(
                        at_ns=self._clock.monotonic_ns(),
                        slots=(),
                        deferred=self._deferred,
                        prefilled_total=gauges.prefilled_total,
                        decoded_total=gauges.decoded_total,
                    )
                )
            await self._clock.sleep(HEALTH_S)
