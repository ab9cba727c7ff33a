"""Certain texts asked among the requests of a load: what is right alone and wrong in company is told."""

from __future__ import annotations

import itertools

from rocmtui.core.answers.look import Asked, Company, Look, asked_of, in_company
from rocmtui.core.answers.ports import Asker
from rocmtui.core.answers.texts import LOOK
from rocmtui.core.session.ports import Clock
from rocmtui.services.answers.look import CHAT_TOKENS, TOKENS

EVERY_S = 1.0
"""Pause between two questions: a load of some seconds is asked a few times, and hardly disturbed."""


class InCompany:
    """Asks one text at a time until it is cancelled; an answer that did not come counts as none."""

    def __init__(self, asker: Asker, clock: Clock, alone: Look | None) -> None:
        self._asker = asker
        self._clock = clock
        self._alone = alone
        self._asked: list[Asked] = []

    async def ask_on(self) -> None:
        """Every second the next text, again from the first; ends where the server takes no questions."""
        way = await self._asker.way()
        if way is None:
            return
        for text in itertools.cycle(LOOK):
            await self._clock.sleep(EVERY_S)
            answer = await self._asker.ask(text.prompt, CHAT_TOKENS if way == "chat" else TOKENS, way=way)
            if answer is not None:
                self._asked.append(asked_of(text, answer, anywhere=way == "chat"))

    def found(self, slots: int | None) -> Company:
        """What came so far."""
        return in_company(self._alone, self._asked, slots)
