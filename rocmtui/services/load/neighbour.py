"""A neighbour with long prompts beside a load, to see what it costs the others."""

from __future__ import annotations

from collections.abc import Callable

from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.scenario import ClosedLoop, NeighbourPlan, Prompt
from rocmtui.core.request.record import NEIGHBOUR_IDS, Phase, RequestRecord
from rocmtui.core.request.trace import RequestTrace
from rocmtui.core.session.commands import StartLoad
from rocmtui.core.session.ports import Clock, RequestSender
from rocmtui.services.load.course import Course
from rocmtui.services.load.recorded import recorded

LOOK_S = 0.02
"""How often it is seen whether the others decode."""


class Neighbour:
    """Sends its prompts one after another, each when all of the load decode; then the load is over.

    Its requests are recorded and count in no figure.
    """

    def __init__(
        self,
        course: Course,
        start: StartLoad,
        plan: NeighbourPlan,
        sender: RequestSender,
        clock: Clock,
        stats: LiveStats,
        keep: Callable[[RequestRecord], None],
    ) -> None:
        self._course = course
        self._start = start
        self._plan = plan
        self._sender = sender
        self._clock = clock
        self._stats = stats
        self._keep = keep
        shape = start.scenario.shape
        self._others = shape.concurrency if isinstance(shape, ClosedLoop) else 1
        self.under_way = 0
        """Requests sent and not ended."""

    async def run(self) -> None:
        """Send all of them."""
        prompts = self._start.neighbour_prompts
        for number in range(self._plan.requests):
            await self._clock.sleep(self._plan.pause_s)
            while self._stats.decoding < self._others:
                if self._course.sent_all():
                    return
                await self._clock.sleep(LOOK_S)
            await self._perform(NEIGHBOUR_IDS + number, prompts[number % len(prompts)])
        self._course.no_more()

    async def _perform(self, request_id: int, prompt: Prompt) -> None:
        """Send one to its end and record it, also when it is cancelled."""
        trace = RequestTrace(self._stats, measured=False)

        def record(cancelled: bool) -> None:
            made = trace.record(
                id=request_id,
                worker=-1,
                process=self._start.process,
                phase=Phase.NEIGHBOUR,
                scheduled_ns=None,
                cancelled=cancelled,
            )
            self._stats.finished(made)
            self._keep(made)

        self.under_way += 1
        try:
            with recorded(trace, self._stats, self._clock, record):
                await self._sender.send(prompt, trace)
        finally:
            self.under_way -= 1
