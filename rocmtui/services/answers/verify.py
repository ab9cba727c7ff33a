"""Holds a server against a reference, position by position along the reference's own text.

At every position the server is given all that the reference had before it (teacher forcing), so that one
early difference does not spoil what follows, and a damaged server is not favoured by drifting apart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from rocmtui.core.answers.distance import Gap, distance, gap
from rocmtui.core.answers.ports import Asker
from rocmtui.core.answers.reading import Chance, Position, first_word
from rocmtui.core.answers.reference import Passage, Reference, Way, weaker
from rocmtui.core.answers.verification import Verification
from rocmtui.errors import ServerError
from rocmtui.services.answers.look import look

_NOTHING = Position(Chance("", 0.0))
"""No answer: nothing is known of the position."""


async def gaps_of(asker: Asker, passages: Sequence[Passage], way: Way, *, slots: int = 1) -> list[Gap]:
    """Every position of every passage, on `slots` slots at once; one without an answer is not known."""
    lanes: list[list[Passage]] = [list(passages[lane::slots]) for lane in range(slots)]
    if slots > 1:  # no lane is left idle, or the others would not be in company
        lanes = [lane or [passages[number % len(passages)]] for number, lane in enumerate(lanes)]
    found = await asyncio.gather(
        *(_lane(asker, lane, way, slot if way == "tokens" else None) for slot, lane in enumerate(lanes))
    )
    return [one for lane in found for one in lane]


async def _lane(asker: Asker, passages: Sequence[Passage], way: Way, slot: int | None) -> list[Gap]:
    found = []
    for passage in passages:
        if way == "chat":
            found += await _chat(asker, passage)
            continue
        for prompt, before, reference in _steps(passage, way):
            answer = await asker.ask(prompt, 1, way=way, reuse=True, slot=slot)
            positions = (answer.positions if answer else None) or ()
            found.append(gap(before, reference, positions[0] if positions else _NOTHING))
    return found


def _steps(passage: Passage, way: Way) -> Iterator[tuple[str | tuple[int, ...], str, Position]]:
    """What to ask at each position, the text before it, and what the reference held there."""
    ids, before = passage.prompt_ids, passage.prompt
    for place in passage.positions:
        yield (ids if way == "tokens" else before), before, place
        ids += (place.chosen.id or 0,)
        before += place.chosen.text


async def _chat(asker: Asker, passage: Passage) -> list[Gap]:
    """A chat cannot be forced along a text: positions count up to the first other token."""
    answer = await asker.ask(passage.prompt, len(passage.positions), way="chat")
    found, before = [], passage.prompt
    positions = () if answer is None else answer.positions or first_word(answer)
    for reference, here in zip(passage.positions, positions, strict=False):
        found.append(gap(before, reference, here))
        before += reference.chosen.text
        if reference.chosen.text != here.chosen.text:
            break
    return found


async def verify(
    asker: Asker, reference: Reference, *, slots: int, max_kl: float, subject: str
) -> Verification:
    """Compare alone, then with all slots busy, then at the reference's depth. Raises ServerError."""
    way = await asker.way()
    if way is None:
        raise ServerError("the server answers no question", "is it a model that completes text?")
    way = weaker(way, reference.way)
    shallow = [passage for passage in reference.passages if not passage.depth]
    deep = [passage for passage in reference.passages if passage.depth]
    return Verification(
        subject=subject,
        against=reference.made_with,
        way=way,
        max_kl=max_kl,
        look=await look(asker),
        alone=distance(await gaps_of(asker, shallow, way)),
        busy=distance(await gaps_of(asker, shallow, way, slots=slots)) if slots > 1 else None,
        slots=slots,
        deep=distance(await gaps_of(asker, deep, way)) if deep else None,
        depth=max((passage.depth for passage in deep), default=None),
    )
