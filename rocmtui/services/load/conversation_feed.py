"""Conversations that are held nowhere: made as needed, a little ahead of each load process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rocmtui.core.load.conversation import Conversation
from rocmtui.core.load.prompts import text_of
from rocmtui.core.load.share import Share, part
from rocmtui.core.session.commands import AddConversations
from rocmtui.core.session.ports import LoadProcess
from rocmtui.core.stats.quantiles import known
from rocmtui.services.load.prompt_feed import within

AHEAD = 256
"""A process has so many conversations more than it can have begun, or fewer of long ones."""


class Conversations:
    """Conversation number n of a load, made when it is asked for."""

    def __init__(self, make: Callable[[int], Conversation], count: int | None) -> None:
        """`count`: how many there are; None: as many as the load takes."""
        self._make = make
        self.count = count

    def __len__(self) -> int:
        """At least so many."""
        return 1 if self.count is None else self.count

    def __getitem__(self, number: int) -> Conversation:
        """Any from 0 on, below `count`."""
        return self._make(number)


class ConversationFeed:
    """Gives one load process its conversations: every n-th of them, in their order."""

    def __init__(self, conversations: Conversations, share: Share) -> None:
        self._conversations = conversations
        self._share = share
        count = conversations.count
        self._total = None if count is None else part(count, share.process, share.processes)
        self._ahead = AHEAD + 2 * share.round_size
        self._given = 0
        self._complete = False
        self._feeding = asyncio.Lock()

    async def feed(self, process: LoadProcess, begun: int) -> None:
        """Send what is needed when so many have `begun`; does nothing while a call is under way."""
        if self._feeding.locked():
            return
        async with self._feeding:
            while not self._complete and self._given - begun < self._ahead // 2:
                await process.send(await asyncio.to_thread(self._read, begun + self._ahead))

    def _read(self, until: int) -> AddConversations:
        numbers = range(self._given, known(min, (until, self._total)) or 0)
        step, first = self._share.processes, self._share.process
        found = within((self._conversations[first + number * step] for number in numbers), _characters)
        self._given += len(found)
        self._complete = self._given == self._total
        return AddConversations(conversations=found, last=self._complete)


def _characters(conversation: Conversation) -> int:
    own = sum(len(text_of(message)) for turn in conversation.turns for message in turn.messages)
    return own + sum(_characters(child) for turn in conversation.turns for child in turn.children)
