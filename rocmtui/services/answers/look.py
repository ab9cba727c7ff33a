"""The look before a load: ten texts whose next word is certain, two tokens each, outside every window."""

from __future__ import annotations

import asyncio

from rocmtui.core.answers.look import Asked, Look, asked_of, judge
from rocmtui.core.answers.ports import Asker
from rocmtui.core.answers.reading import Position
from rocmtui.core.answers.reference import Way
from rocmtui.core.answers.texts import LOOK

TOKENS = 2
FIRST_S, LONGEST_S = 15.0, 45.0
"""Patience with the first answer, and with all: a large model on a CPU is slow, not wrong."""
ENOUGH = 4
"""Answers that can be judged when the time was too short for all."""
CHAT_TOKENS = 8
"""A chat may begin with the text itself, or with a word of politeness."""
WIPE = (0,)
"""One token no prompt begins with: what the look left in its slot is gone after it."""


async def look(asker: Asker) -> Look:
    """Ask, judge, and leave nothing in the slot that a measured prompt could reuse.

    A server that takes no such questions, or too long for them, is not known and no alarm.
    """
    try:
        async with asyncio.timeout(FIRST_S):
            way = await asker.way()
    except TimeoutError:
        way = None
    if way is None:
        return Look(health="not known")
    asked: list[Asked] = []
    firsts: list[Position | None] = []
    try:
        async with asyncio.timeout(LONGEST_S):
            await _ask_all(asker, way, asked, firsts)
    except TimeoutError:
        if len(asked) < ENOUGH:
            return Look(health="not known")
    return judge(asked, firsts, await asker.parameters())


async def _ask_all(asker: Asker, way: Way, asked: list[Asked], firsts: list[Position | None]) -> None:
    for text in LOOK:
        answer = await asker.ask(text.prompt, CHAT_TOKENS if way == "chat" else TOKENS, way=way, slot=0)
        if answer is None:  # refused, or no reply that can be read: not known, which is not nothing
            continue
        asked.append(asked_of(text, answer, anywhere=way == "chat"))
        firsts.append(answer.positions[0] if answer.positions else None)
    if way == "tokens":
        await asker.ask(WIPE, 1, way=way, top=0, slot=0)
