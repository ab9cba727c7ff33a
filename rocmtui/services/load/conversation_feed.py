"""Conversations that are held nowhere: made as needed, a little ahead of each load process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rocmtui.core.load.conversation import Conversation
from rocmtui.core.load.prompts import text_of
from rocmtui.core.load.share import Share
from rocmtui.core.session.events import AddConversations
from rocmtui.core.session.ports import LoadProcess

AHEAD = 256
"""A process has so many conversations more than it can have begun, or fewer of long ones."""
MAX_BATCH_CHARACTERS = 4_000_000


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
        self._number = share.process
        self._step = share.processes
        self._ahead = AHEAD + 2 * share.round_size
        self._given = 0
        self._busy = False
        self._complete = False

    async def feed(self, process: LoadProcess, begun: int) -> None:
        """Send what is needed when so many have `begun`; does nothing while a call is under way."""
        if self._busy or self._complete:
            return
        self._busy = True
        try:
            while not self._complete and self._given - begun < self._ahead // 2:
                await process.send(await asyncio.to_thread(self._read, begun + self._ahead))
        finally:
            self._busy = False

    def _read(self, until: int) -> AddConversations:
        found: list[Conversation] = []
        characters, count = 0, self._conversations.count
        while self._given < until and characters < MAX_BATCH_CHARACTERS:
            if count is not None and self._number >= count:
                self._complete = True
                break
            conversation = self._conversations[self._number]
            characters += _characters(conversation)
            found.append(conversation)
            self._given += 1
            self._number += self._step
        return AddConversations(conversations=tuple(found), last=self._complete)


def _characters(conversation: Conversation) -> int:
    own = sum(len(text_of(message)) for turn in conversation.turns for message in turn.messages)
    return own + sum(_characters(child) for turn in conversation.turns for child in turn.children)
