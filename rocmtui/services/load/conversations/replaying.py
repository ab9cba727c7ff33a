"""A trace sent again: each session begins at its recorded time, whatever the server does."""

from __future__ import annotations

from rocmtui.core.load.conversation import Conversation
from rocmtui.core.load.scenario import OpenLoop, Scenario
from rocmtui.services.load.conversations.conversing import ConversationDriver
from rocmtui.services.load.dispatch import Dispatch
from rocmtui.services.load.shapes import LEAD_S


class TraceDriver(ConversationDriver):
    """Sessions at their times; a pause moves all that is still to come."""

    def __init__(self, dispatch: Dispatch, scenario: Scenario, start_ns: int | None) -> None:
        super().__init__(dispatch, scenario)
        shape = scenario.shape
        self._start_ns = start_ns
        self._rate = shape.rate if isinstance(shape, OpenLoop) else None
        self.dropped = 0

    @property
    def concurrency(self) -> None:
        """A trace has no workers."""
        return

    @property
    def rate(self) -> float | None:
        """The trace's mean requests per second in this process."""
        return None if self._rate is None else self._rate / self._share.processes

    async def run(self) -> None:
        """Begin one session after the other, each when it is due."""
        soon_ns = self._clock.monotonic_ns() + round(LEAD_S * 1e9)
        self.zero_ns = max(self._start_ns or 0, soon_ns)
        while (conversation := await self.waiting.next()) is not None:
            self._holding += 1  # from here on: what waits for its time is under way too
            due_ns = self.zero_ns + round((conversation.turns[0].at_s or 0.0) * 1e9)
            await self._until(due_ns)
            await self._wait_out_a_pause()
            if self._course.sent_all(due_ns):
                return
            cap = self._share.max_in_flight
            if cap is not None and self._course.outstanding >= cap:
                self.dropped += len(conversation.turns)
                self._holding -= 1
                continue
            self._dispatch.tasks.create_task(self._hold(conversation))
        self._finish()

    def set_concurrency(self, concurrency: int) -> None:
        """A trace has no workers."""

    async def _hold(self, conversation: Conversation) -> None:
        await self.hold(conversation, 0)
        self._holding -= 1
        self._finish()

    def _finish(self) -> None:
        """Nothing more comes, and nothing is under way."""
        if not self._holding and self.waiting.empty:
            self._course.no_more()

    async def _wait_out_a_pause(self) -> None:
        if self._dispatch.paused:
            began_ns = self._clock.monotonic_ns()
            await self._dispatch.may_send()
            self.zero_ns += self._clock.monotonic_ns() - began_ns
