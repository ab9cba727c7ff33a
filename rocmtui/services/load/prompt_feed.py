"""Prompts of a data set that is held nowhere: read as needed, a little ahead of each load process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from rocmtui.core.load.by_number import ByNumber
from rocmtui.core.load.prompts import characters_of
from rocmtui.core.load.scenario import Prompt
from rocmtui.core.load.share import Share
from rocmtui.core.session.commands import AddPrompts
from rocmtui.core.session.ports import LoadProcess

AHEAD = 2048
"""A process has so many prompts more than it has begun requests, or fewer of long ones."""
MAX_BATCH_CHARACTERS = 4_000_000
T = TypeVar("T")


class Entries(Protocol):
    """Prompts that can be had by their number."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Prompt: ...


class Unheld(ByNumber[Prompt]):
    """Prompt number n is made of entry n of a data set, counted on from the start when it ends."""

    def __init__(self, entries: Entries, make: Callable[[Prompt, int], Prompt]) -> None:
        self._entries = entries
        self._made_of = make

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Prompt]:
        """One of each entry; they can be had beyond."""
        return (self[index] for index in range(len(self)))

    def make(self, index: int) -> Prompt:
        """Any number from 0 on."""
        return self._made_of(self._entries[index % len(self._entries)], index)


class PromptFeed:
    """Gives one load process the prompts of its own requests, in their order."""

    def __init__(self, prompts: Unheld, share: Share) -> None:
        self._prompts = prompts
        self._share = share
        self._given = 0
        self._feeding = asyncio.Lock()

    async def batch(self, begun: int) -> tuple[Prompt, ...]:
        """The next ones, when `begun` requests have begun; empty while there are enough."""
        if self._given - begun >= AHEAD // 2:
            return ()
        return await asyncio.to_thread(self._read, begun + AHEAD)

    async def feed(self, process: LoadProcess, begun: int) -> None:
        """Send what is needed; a second call while one is under way does nothing."""
        if not self._feeding.locked():
            async with self._feeding:
                if prompts := await self.batch(begun):
                    await process.send(AddPrompts(prompts=prompts))

    def _read(self, until: int) -> tuple[Prompt, ...]:
        total = self._share.warmup_requests + (self._share.requests or until)
        numbers = range(self._given, min(until, total))
        found = within((self._prompts[self._share.id_of(number)] for number in numbers), characters_of)
        self._given += len(found)
        return found


def within(items: Iterable[T], characters: Callable[[T], int]) -> tuple[T, ...]:
    """The first of them, until they have the characters of a batch."""
    found: list[T] = []
    left = MAX_BATCH_CHARACTERS
    for item in items:
        found.append(item)
        left -= characters(item)
        if left <= 0:
            break
    return tuple(found)
