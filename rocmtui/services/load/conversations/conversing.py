"""Workers that hold conversations: a turn is sent when the one before has ended and its pause is over."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from rocmtui.core.load.conversation import Conversation, History, Turn
from rocmtui.core.load.scenario import ClosedLoop, Scenario
from rocmtui.services.load.dispatch import Dispatch, Exchange
from rocmtui.services.load.shapes import LEAD_S, Workers


class Waiting:
    """Conversations that have come and not begun."""

    def __init__(self) -> None:
        self._waiting: deque[Conversation] = deque()
        self._came = asyncio.Event()
        self.turns = 0
        """Of all that ever came."""
        self.complete = False
        """Whether no more will come."""

    def add(self, conversations: Iterable[Conversation], *, last: bool) -> None:
        """More of them."""
        for conversation in conversations:
            self._waiting.append(conversation)
            self.turns += len(conversation.turns)
        self.complete = self.complete or last
        self._came.set()

    @property
    def empty(self) -> bool:
        """Whether all have begun and no more will come."""
        return self.complete and not self._waiting

    async def next(self) -> Conversation | None:
        """The next one, when it is there; None when there are no more."""
        while not self._waiting:
            if self.complete:
                return None
            self._came.clear()
            await self._came.wait()
        return self._waiting.popleft()


class ConversationDriver(Workers):
    """A closed loop whose workers hold one conversation each, from its first turn to its last.

    A conversation ends with a turn that fails: what follows would stand on nothing.
    """

    def __init__(self, dispatch: Dispatch, scenario: Scenario) -> None:
        shape, plan = scenario.shape, scenario.conversations
        concurrency = shape.concurrency if isinstance(shape, ClosedLoop) else 1
        super().__init__(dispatch, concurrency, scenario.ramp_s)
        self._recorded = plan is not None and plan.replies == "recorded"
        self._think_s = plan.think_s if plan is not None else 0.0
        self._holding = 0
        """Conversations under way."""
        self._any_ended = False
        self.zero_ns = self._clock.monotonic_ns()
        """From when on the times of turns count."""
        self.waiting = Waiting()

    @property
    def planned(self) -> int | None:
        """Turns of all its conversations; None before all have come."""
        return self.waiting.turns if self.waiting.complete else None

    async def _work(self, number: int) -> None:
        failures = 0
        while number in self._numbers():
            conversation = await self.waiting.next()
            if conversation is None:
                if not self._holding:
                    self._course.no_more()
                return
            self._holding += 1
            went_well = await self.hold(conversation, number)
            self._holding -= 1
            if went_well is None:
                return
            failures = 0 if went_well else failures + 1
            await self._back_off(failures)

    async def hold(self, conversation: Conversation, worker: int) -> bool | None:
        """All turns of a conversation. Whether all went well; None when the load is over."""
        history = History(recorded=self._recorded)
        before_ns: int | None = None
        went_well = True
        for index, turn in enumerate(conversation.turns):
            due_ns = self._due(turn, before_ns)
            await self._until(due_ns)
            await self._dispatch.may_send()
            ticket = self._course.take_ticket(due_ns)
            if ticket is None:
                return None
            reusable = history.reusable_tokens(turn)
            if not index and reusable is None:
                reusable = self._shared(conversation)
            prompt = history.prompt(turn, keeps_reply=_is_answered(conversation, index))
            exchange = Exchange(prompt, conversation.number, index, reusable)
            record = await self._dispatch.perform(ticket, worker, due_ns, exchange)
            if not record.completed:
                return False
            self._any_ended = True
            history.heard(turn, exchange.reply, record.prompt_tokens, record.output_tokens)
            before_ns = record.done_ns
            if turn.children:
                ends = await asyncio.gather(*(self.hold(child, worker) for child in turn.children))
                before_ns = self._clock.monotonic_ns()
                if None in ends:
                    return None
                went_well = went_well and all(ends)
        return went_well

    def _due(self, turn: Turn, before_ns: int | None) -> int | None:
        """When a turn is to be sent; None: at once. `before_ns`: when the turn before ended."""
        if turn.at_s is not None:
            return max(self.zero_ns + round(turn.at_s * 1e9), before_ns or 0)
        if before_ns is None:
            think_s = turn.think_s or 0.0
            before_ns = self._clock.monotonic_ns() if think_s > 0 else 0
        else:
            think_s = self._think_s if turn.think_s is None else turn.think_s
        return before_ns + round(think_s * 1e9) if think_s > 0 else None

    def _shared(self, conversation: Conversation) -> int | None:
        """What its beginning has in common with what was computed already."""
        return conversation.shared_tokens or None if self._any_ended else None

    async def _until(self, due_ns: int | None) -> None:
        """Wait until it is time to connect."""
        if due_ns is not None:
            await self._dispatch.until(due_ns - round(LEAD_S * 1e9))


def _is_answered(conversation: Conversation, index: int) -> bool:
    """Whether the next turn repeats what the model says in this one."""
    return index + 1 < len(conversation.turns) and not conversation.turns[index + 1].fresh
