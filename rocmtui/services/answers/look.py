"""The look before a load: ten texts whose next word is certain, two tokens each, outside every window."""

from __future__ import annotations

from rocmtui.core.answers.look import Look, asked_of, judge
from rocmtui.core.answers.ports import Asker
from rocmtui.core.answers.reading import Answer
from rocmtui.core.answers.texts import LOOK

TOKENS = 2
CHAT_TOKENS = 8
"""A chat may begin with the text itself, or with a word of politeness."""
WIPE = (0,)
"""One token no prompt begins with: what the look left in its slot is gone after it."""


async def look(asker: Asker) -> Look:
    """Ask, judge, and leave nothing in the slot that a measured prompt could reuse."""
    way = await asker.way()
    if way is None:
        return Look(health="not known", words="the server could not be asked what it answers")
    asked, firsts = [], []
    for text in LOOK:
        answer = await asker.ask(text.prompt, CHAT_TOKENS if way == "chat" else TOKENS, way=way, slot=0)
        answer = answer or Answer("")
        asked.append(asked_of(text, answer, anywhere=way == "chat"))
        firsts.append(answer.positions[0] if answer.positions else None)
    if way == "tokens":
        await asker.ask(WIPE, 1, way=way, top=0, slot=0)
    return judge(asked, firsts, await asker.parameters())
