"""Who sends when: workers of a closed loop, planned arrivals of an open one."""

from __future__ import annotations

import asyncio
from itertools import islice

from rocmtui.core.load.arrivals import arrival_offsets_ns, worker_start_s
from rocmtui.core.load.scenario import OpenLoop, Scenario
from rocmtui.services.load.dispatch import Dispatch

BACK_OFF_S = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Pauses of a worker after failures in a row: a dead server is no reason to spin."""
LEAD_S = 0.01
"""An open loop begins to connect this long before a request is due."""
NAP_S = 0.25
"""Longest sleep between looks at whether the plan was changed."""


class Workers:
    """Workers 0 to n - 1, started over the ramp; what each of them does is its kind's.

    Of several processes, each runs the workers whose number is its own modulo their count, and at least
    one, so that every share of the requests has somebody to send it.
    """

    dropped = 0

    def __init__(self, dispatch: Dispatch, concurrency: int, ramp_s: float) -> None:
        self._dispatch = dispatch
        self._course = dispatch.course
        self._clock = dispatch.clock
        self._share = dispatch.share
        self._wanted = concurrency
        self._ramp_s = ramp_s
        self._workers: dict[int, asyncio.Task[None]] = {}

    @property
    def rate(self) -> float | None:
        """Workers have none."""
        return None

    @property
    def concurrency(self) -> int | None:
        """Workers wanted in this process."""
        return len(self._numbers())

    async def run(self) -> None:
        """Start the workers, over the ramp where there is one."""
        began_ns = self._clock.monotonic_ns()
        planned = self._wanted
        for number in self._numbers():
            starts_s = worker_start_s(number, planned, self._ramp_s)
            await self._dispatch.until(began_ns + round(starts_s * 1e9))
            self._start(number)

    def set_concurrency(self, concurrency: int) -> None:
        """Start workers now, or let those over the number end after what they are at."""
        self._wanted = concurrency
        for number in self._numbers():
            self._start(number)

    def set_rate(self, rate: float) -> None:
        """Workers have no rate."""

    def _numbers(self) -> range:
        wanted = max(self._wanted, self._share.processes) if self._wanted > 0 else 0
        return range(self._share.process, wanted, self._share.processes)

    def _start(self, number: int) -> None:
        running = self._workers.get(number)
        if running is None or running.done():
            self._workers[number] = self._dispatch.tasks.create_task(self._work(number))

    async def _work(self, number: int) -> None:
        """One worker, until it is over the number wanted or the load ends."""
        raise NotImplementedError

    async def _back_off(self, failures: int) -> None:
        """Its pause after this many failures in a row."""
        if failures > 1:
            await self._clock.sleep(BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1])


class ClosedLoopDriver(Workers):
    """Each worker sends its next request when its last one ended."""

    async def _work(self, number: int) -> None:
        failures = 0
        while number in self._numbers():
            await self._dispatch.may_send()
            if number not in self._numbers() or (ticket := self._course.take_ticket()) is None:
                return
            record = await self._dispatch.perform(ticket, number)
            failures = failures + 1 if record.error else 0
            await self._back_off(failures)


class OpenLoopDriver:
    """Requests at planned, absolute times. Of several processes, each sends every n-th of the one plan."""

    concurrency = None

    def __init__(self, dispatch: Dispatch, shape: OpenLoop, scenario: Scenario, start_ns: int | None) -> None:
        self._dispatch = dispatch
        self._course = dispatch.course
        self._clock = dispatch.clock
        self._share = dispatch.share
        self._shape = shape
        self._seed = scenario.seed
        self._ramp_s = scenario.ramp_s
        self._start_ns = start_ns
        self._rate = shape.rate
        self._changed = False
        self.dropped = 0

    @property
    def rate(self) -> float:
        """Requests per second wanted of this process."""
        return self._rate / self._share.processes

    def set_concurrency(self, concurrency: int) -> None:
        """An open loop has no workers."""

    def set_rate(self, rate: float) -> None:
        """Follow a new plan of this rate from now on."""
        self._rate = rate
        self._changed = True

    async def run(self) -> None:
        """Send by the plan; a change of the rate or a pause begins a new plan at that moment."""
        soon_ns = self._clock.monotonic_ns() + round(LEAD_S * 1e9)
        base_ns = max(self._start_ns or 0, soon_ns)
        while await self._follow_plan(base_ns):
            self._seed += 1
            self._ramp_s = 0.0
            base_ns = self._clock.monotonic_ns() + round(LEAD_S * 1e9)

    async def _follow_plan(self, base_ns: int) -> bool:
        """Send until the plan no longer holds (True) or there are no more tickets (False)."""
        self._changed = False
        offsets = arrival_offsets_ns(self._rate, self._shape.arrivals, self._seed, self._ramp_s)
        for offset_ns in islice(offsets, self._share.process, None, self._share.processes):
            due_ns = base_ns + offset_ns
            if not await self._reached(due_ns - round(LEAD_S * 1e9)):
                return True
            if self._dispatch.paused:
                await self._dispatch.may_send()
                return True
            await self._dispatch.may_send()
            if self._course.sent_all(due_ns):
                return False
            cap = self._share.max_in_flight
            if cap is not None and self._course.outstanding >= cap:
                self.dropped += 1
                continue
            ticket = self._course.take_ticket(due_ns)
            if ticket is None:
                return False
            self._dispatch.tasks.create_task(self._dispatch.perform(ticket, 0, due_ns))
        return False

    async def _reached(self, at_ns: int) -> bool:
        """Sleep until `at_ns`; False when the plan was changed meanwhile."""
        while not self._changed and (left_ns := at_ns - self._clock.monotonic_ns()) > 0:
            await self._clock.sleep(min(left_ns / 1e9, NAP_S))
        return not self._changed


ShapeDriver = ClosedLoopDriver | OpenLoopDriver
"""A load shape at work."""
