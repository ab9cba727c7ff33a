"""One load process of a group: what it has said so far, and what is lost if it dies."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence

import msgspec

from rocmtui.core.load.lost_share import Outstanding
from rocmtui.core.load.said import LoadFailed, LoadFinished, Said, TimeTold
from rocmtui.core.load.scenario import Prompt, Scenario
from rocmtui.core.load.share import share_of
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.errors.remedies import failure
from rocmtui.core.request.record import ErrorKind, Phase, RequestRecord
from rocmtui.core.session.commands import Begin, StartLoad
from rocmtui.core.session.ports import Clock, LoadProcess
from rocmtui.errors import LoadProcessError
from rocmtui.services.load.conversation_feed import ConversationFeed, Conversations
from rocmtui.services.load.far_watch import FarWatch
from rocmtui.services.load.prompt_feed import PromptFeed, Unheld


class LoadMember:
    """Process `number` of a load, and its bookkeeping."""

    def __init__(self, process: LoadProcess, scenario: Scenario, number: int, clock: Clock) -> None:
        self.process = process
        self.far = FarWatch(process, clock) if process.is_far else None
        """Its clock, where that is another machine's."""
        self.number = number
        self.snapshot: LiveSnapshot | None = None
        """The last one it sent."""
        self.finished: LoadFinished | None = None
        self.failed: LoadFailed | None = None
        self.gone = False
        """Its events have ended."""
        self._feed: PromptFeed | ConversationFeed | None = None
        """What gives it prompts, where they are too many to be held."""
        self._watching: asyncio.Task[None] | None = None
        self._share = share_of(scenario, number)
        self._outstanding = Outstanding()
        self._ended = 0
        self._opened = 0
        """Conversations whose first turn has ended."""

    async def brief(self, start: StartLoad, prompts: Sequence[Prompt] | Conversations) -> None:
        """Tell it all it needs; a far one has read it when its clock is known."""
        begins: tuple[Prompt, ...] = ()
        if isinstance(prompts, Conversations):
            self._feed = ConversationFeed(prompts, self._share)
        elif isinstance(prompts, Unheld):
            self._feed = feed = PromptFeed(prompts, self._share)
            begins = await feed.batch(0)
        else:
            begins = tuple(prompts)
        told = msgspec.structs.replace(
            start,
            prompts=begins,
            neighbour_prompts=() if self.number else start.neighbour_prompts,
            fed=self._feed is not None,
            process=self.number,
            lingers=self.far is not None,
        )
        await self.process.send(told)
        if isinstance(self._feed, ConversationFeed):
            await self._feed.feed(self.process, 0)
        await self._meet()

    async def feed_on(self) -> None:
        """Give it what it will need next, where its prompts are too many to be held."""
        if self._feed is not None:
            await self._feed.feed(self.process, self.begun)

    async def _meet(self) -> None:
        """Before the load: learn the clock of a far one, which also shows that it has read its StartLoad."""
        if self.far is None:
            return
        try:
            await self.far.ask()
        except TimeoutError:
            self.process.give_up("does not tell the time")
        except LoadProcessError:
            return

    async def begin(self, start_ns: int) -> None:
        """Tell it when to begin, in its own time, and watch over a far one from then on."""
        await self.process.send(Begin(start_ns=self.far.theirs(start_ns) if self.far else start_ns))
        if self.far is not None and not self.gone:
            self._watching = asyncio.create_task(self.far.watch())

    def hear(self, said: Said) -> Said | None:
        """What it said, by our clock; None where that was only the time."""
        if self.far is None:
            return said
        if isinstance(said, TimeTold):
            self.far.take(said)
            return None
        return self.far.of_ours(said)

    async def let_go(self) -> None:
        """After the load: look at a far clock once more, then the process may end."""
        if self.far is None:
            return
        with contextlib.suppress(TimeoutError, LoadProcessError):
            await self.far.ask()
        await self.process.close()

    def leave(self) -> None:
        """Its events have ended: nobody asks it for anything."""
        self.gone = True
        if self._watching is not None:
            self._watching.cancel()
        if self.far is not None:
            self.far.gone()

    @property
    def begun(self) -> int:
        """What it had begun when last heard of: requests, or conversations at most."""
        ended, now = self._opened if isinstance(self._feed, ConversationFeed) else self._ended, self.snapshot
        return ended + (now.in_flight - now.beside if now is not None else 0)

    def take_snapshot(self, snapshot: LiveSnapshot) -> None:
        """Keep a snapshot; it was sent right after the records of its moment."""
        self.snapshot = snapshot
        self._outstanding.begin_until(self.begun)

    def take_records(self, records: Iterable[RequestRecord]) -> None:
        """Note which requests have ended."""
        for record in records:
            if record.phase is Phase.NEIGHBOUR:
                continue
            self._ended += 1
            self._opened += record.turn == 0
            self._outstanding.end(self._share.number_of(record.id))

    def lose(self, at_ns: int) -> tuple[RequestRecord, ...]:
        """Records of the requests it had under way when last heard of; its snapshot counts them failed."""
        records = tuple(self._lost(number, at_ns) for number in self._outstanding.open())
        measured = sum(record.phase is Phase.MEASURED for record in records)
        if self.snapshot is not None:
            by_error = dict(self.snapshot.by_error)
            if measured:
                by_error[ErrorKind.LOST.value] = by_error.get(ErrorKind.LOST.value, 0) + measured
            self.snapshot = msgspec.structs.replace(
                self.snapshot,
                phase="done",
                in_flight=0,
                queued=0,
                prefilling=0,
                decoding=0,
                output_tps=None,
                prefill_tps=None,
                sent=self.snapshot.sent + measured,
                failed=self.snapshot.failed + measured,
                by_error=by_error,
            )
        return records

    def _lost(self, number: int, at_ns: int) -> RequestRecord:
        warm = number < self._share.warmup_requests
        return RequestRecord(
            id=self._share.id_of(number),
            worker=0,
            process=self.number,
            phase=Phase.WARMUP if warm else Phase.MEASURED,
            done_ns=at_ns,
            error=failure(ErrorKind.LOST, "the load process that sent it died"),
        )
