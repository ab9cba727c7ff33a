"""Makes a reference: lets a server go on with some texts and keeps how likely each next token was."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.answers.ports import Asker
from rocmtui.core.answers.reading import first_word
from rocmtui.core.answers.reference import Passage, Way
from rocmtui.core.answers.texts import FILLER, PARAGRAPHS
from rocmtui.errors import ServerError

TOKENS = 32
"""Tokens of each text that are compared."""
DEEP_TEXTS, DEEP_TOKENS = 2, 8
"""Texts and tokens at a depth: each costs reading it all once."""


async def make_passages(asker: Asker, way: Way, depths: Sequence[int] = (0,)) -> tuple[Passage, ...]:
    """What this server says, text by text and depth by depth. Raises ServerError where it says nothing."""
    made = []
    for depth in depths:
        texts, tokens = (PARAGRAPHS, TOKENS) if depth == 0 else (PARAGRAPHS[:DEEP_TEXTS], DEEP_TOKENS)
        before = await _filler(asker, depth)
        made += [await _passage(asker, way, before + text, depth, tokens) for text in texts]
    if not any(passage.positions for passage in made):
        raise ServerError(
            "the reference gave no answers", "is a model loaded, and one that can complete text?"
        )
    return tuple(made)


async def _passage(asker: Asker, way: Way, prompt: str, depth: int, tokens: int) -> Passage:
    ids = (await asker.tokenize(prompt) if way == "tokens" else None) or ()
    answer = await asker.ask(ids or prompt, tokens, way=way, slot=0)
    positions = () if answer is None else answer.positions or first_word(answer)
    return Passage(prompt=prompt, depth=depth, prompt_ids=ids, positions=positions)


async def _filler(asker: Asker, depth: int) -> str:
    """Text of about `depth` tokens."""
    if not depth:
        return ""
    ids = await asker.tokenize(FILLER)
    length = len(ids) if ids else len(FILLER.split()) * 4 // 3
    return FILLER * max(1, round(depth / length))
