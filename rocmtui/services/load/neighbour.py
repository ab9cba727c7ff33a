"""A neighbour with long prompts beside a load, to see what it costs the others."""

from __future__ import annotations

from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.scenario import ClosedLoop, LoadShape, NeighbourPlan
from rocmtui.core.load.share import Ticket
from rocmtui.core.request.record import NEIGHBOUR_IDS, Phase
from rocmtui.services.load.dispatch import Dispatch

LOOK_S = 0.02
"""How often it is seen whether the others decode."""


class Neighbour:
    """Sends its prompts one after another, each when all of the load decode; then the load is over.

    Its requests are recorded and count in no figure.
    """

    def __init__(self, dispatch: Dispatch, plan: NeighbourPlan, stats: LiveStats, shape: LoadShape) -> None:
        self._dispatch = dispatch
        self._plan = plan
        self._stats = stats
        self._others = shape.concurrency if isinstance(shape, ClosedLoop) else 1
        self.under_way = 0
        """Requests sent and not ended."""

    async def run(self) -> None:
        """Send all of them."""
        clock, course = self._dispatch.clock, self._dispatch.course
        for number in range(self._plan.requests):
            await clock.sleep(self._plan.pause_s)
            while self._stats.decoding < self._others:
                if course.sent_all():
                    return
                await clock.sleep(LOOK_S)
            self.under_way += 1
            try:
                await self._dispatch.perform(Ticket(NEIGHBOUR_IDS + number, Phase.NEIGHBOUR), worker=-1)
            finally:
                self.under_way -= 1
        course.no_more()
