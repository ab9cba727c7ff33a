"""Sends the requests of a load: waits for leave, finds each its prompt, and records what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.scenario import Prompt
from rocmtui.core.load.share import Share, Ticket
from rocmtui.core.request.record import NEIGHBOUR_IDS, Phase, RequestRecord
from rocmtui.core.request.spoken import Reply
from rocmtui.core.request.trace import RequestTrace
from rocmtui.core.session.commands import StartLoad
from rocmtui.core.session.ports import Clock, RateCap, RequestSender
from rocmtui.services.load.course import Course


@dataclass(slots=True)
class Exchange:
    """A turn of a conversation: what is sent, and what came back."""

    prompt: Prompt
    conversation: int
    turn: int
    reusable_tokens: int | None = None
    reply: Reply | None = None
    """What the model said, once the request has ended."""

    def ended(self, record: RequestRecord, reply: Reply | None) -> RequestRecord:
        """Keep what the model said; the record with what is known of the turn."""
        self.reply = reply
        return msgspec.structs.replace(
            record,
            conversation=self.conversation,
            turn=self.turn,
            reusable_tokens=self.reusable_tokens,
        )


class Dispatch:
    """What the drivers of a load send with; `keep` gets every record, before the load's course heeds it."""

    def __init__(
        self,
        start: StartLoad,
        share: Share,
        course: Course,
        sender: RequestSender,
        clock: Clock,
        stats: LiveStats,
        keep: Callable[[RequestRecord], None],
        rate_cap: RateCap | None = None,
    ) -> None:
        self.share = share
        self.course = course
        self.clock = clock
        self.tasks = asyncio.TaskGroup()
        """What runs until it ends or the load does."""
        self._start = start
        self._sender = sender
        self._stats = stats
        self._keep = keep
        self._cap = rate_cap
        self._going = asyncio.Event()
        self._going.set()
        self._fed: asyncio.Queue[Prompt] = asyncio.Queue()
        self.feed(start.prompts if start.fed else ())

    def feed(self, prompts: Iterable[Prompt]) -> None:
        """The next prompts of a load that is fed, in the order of its tickets."""
        for prompt in prompts:
            self._fed.put_nowait(prompt)

    @property
    def paused(self) -> bool:
        """Whether nothing new may be sent."""
        return not self._going.is_set()

    def pause(self) -> None:
        """Send nothing new."""
        self._going.clear()

    def resume(self) -> None:
        """Send again."""
        self._going.set()

    async def may_send(self) -> None:
        """Wait while the load is paused or at its cap."""
        await self._going.wait()
        if self._cap is not None:
            await self._cap.acquire()
            await self._going.wait()

    async def until(self, at_ns: int) -> None:
        """Wait for that moment."""
        left_s = (at_ns - self.clock.monotonic_ns()) / 1e9
        if left_s > 0:
            await self.clock.sleep(left_s)

    async def perform(
        self,
        ticket: Ticket,
        worker: int,
        scheduled_ns: int | None = None,
        exchange: Exchange | None = None,
    ) -> RequestRecord:
        """Send a request, the ticket's own or a turn, to its end and record it, also when it is cancelled."""
        measured, keeps_stamps = ticket.phase is Phase.MEASURED, self._start.keep_stamps
        trace = RequestTrace(self._stats, measured=measured, keeps_stamps=keeps_stamps)
        self._stats.begun(measured=measured)
        cancelled = True
        try:
            prompt = exchange.prompt if exchange is not None else await self._prompt_for(ticket)
            await self._sender.send(prompt, trace, scheduled_ns)
            cancelled = False
        finally:
            (trace.cancel if cancelled else trace.end)(self.clock.monotonic_ns())
            record = trace.record(
                id=ticket.id,
                worker=worker,
                process=self.share.process,
                phase=ticket.phase,
                scheduled_ns=scheduled_ns,
                cancelled=cancelled,
            )
            if exchange is not None:
                record = exchange.ended(record, trace.reply)
            self._stats.finished(record)
            self._keep(record)
            if ticket.phase is not Phase.NEIGHBOUR:
                self.course.ended(record)
        return record

    async def _prompt_for(self, ticket: Ticket) -> Prompt:
        if ticket.phase is Phase.NEIGHBOUR:
            beside = self._start.neighbour_prompts
            return beside[(ticket.id - NEIGHBOUR_IDS) % len(beside)]
        filling = self._start.warmup_prompts
        if filling and ticket.phase is Phase.WARMUP:
            return filling[ticket.id % len(filling)]
        if self._start.fed:
            return await self._fed.get()  # in the order of the tickets
        return self._start.prompts[ticket.id % len(self._start.prompts)]
