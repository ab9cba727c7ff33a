"""A look at what a server says to texts whose next word is certain: healthy, random, or nonsense.

Thresholds from measurement: a healthy model of 270M parameters has seven and more of ten right, NaN in the
weights none, at any speed; a model of another language may know few, but then it holds some of them likely.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec

from rocmtui.core.answers.reading import Answer, Position
from rocmtui.core.answers.texts import Certain
from rocmtui.core.text.sanitize import clean_line

Health = Literal["healthy", "knows little", "random", "nonsense", "not known"]

FEW_RIGHT = 1
"""As many right answers may be luck."""
LIKELY = 0.1
"""A probability on the right word that nobody gives by chance."""
FLAT = 0.02
"""The likeliest word of random weights is less likely than this, everywhere."""
TOY_PARAMS = 5_000_000
"""No model that knows a language has so few weights; those of tests are random and have."""
SAME_SHARE = 0.8
"""One first token in so many answers is an answer to nothing."""
FEWEST_IN_COMPANY = 3
"""Of fewer texts nothing is concluded."""
SHOWN_CHARS = 40


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One text and what came."""

    prompt: str
    expected: str
    said: str
    """Untrusted text."""
    right: bool
    chance: float | None = None
    """Probability of the right word as the first one; None where the server does not tell."""
    lost: bool = False
    """The server's probabilities are no numbers."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What a look found."""

    health: Health
    right: int = 0
    of: int = 0
    words: str = ""
    """One sentence; empty for a healthy server."""
    asked: tuple[Asked, ...] = ()

    @property
    def is_nonsense(self) -> bool:
        """Whether no speed of this server means anything."""
        return self.health == "nonsense"


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """What came to texts that were right alone, asked while a load ran."""

    right: int = 0
    of: int = 0
    words: str = ""
    """One sentence; empty where all were right."""

    @property
    def is_nonsense(self) -> bool:
        """Whether most of a few were wrong: one that falls the other way is a near tie."""
        return self.of >= FEWEST_IN_COMPANY and 2 * self.right < self.of


def in_company(alone: Look | None, among: Sequence[Asked], slots: int | None) -> Company:
    """Holds answers among others' requests against those given alone; only what was right alone counts."""
    right_alone = None if alone is None else {one.prompt for one in alone.asked if one.right}
    counted = [one for one in among if right_alone is None or one.prompt in right_alone]
    wrong = [one for one in counted if not one.right]
    words = ""
    if wrong:
        busy = f"{slots} slots" if slots else "other requests"
        came = clean_line(wrong[0].said, SHOWN_CHARS).strip() or "nothing"
        words = (
            f"right alone, wrong with {busy} busy: {len(wrong)} of {len(counted)} certain texts "
            f"(after {_ending(wrong[0].prompt)!r} it says {came!r})"
        )
    return Company(right=len(counted) - len(wrong), of=len(counted), words=words)


def asked_of(text: Certain, answer: Answer, *, anywhere: bool = False) -> Asked:
    """One text held against its answer; in a chat the right word may stand `anywhere` in it."""
    said = answer.text.lstrip()
    first = answer.positions[0] if answer.positions else None
    return Asked(
        prompt=text.prompt,
        expected=text.expected[0],
        said=answer.text,
        right=any(word in said for word in text.expected) if anywhere else said.startswith(text.expected),
        chance=None if first is None else _chance(first, text.expected),
        lost=any(place.chosen.logprob is None for place in answer.positions or ()),
    )


def judge(asked: Sequence[Asked], firsts: Sequence[Position | None], n_params: int | None) -> Look:
    """What the answers say of the server; `firsts` are the first positions of the answers, where told."""
    right = sum(one.right for one in asked)
    health = _health(asked, firsts, right, n_params)
    return Look(
        health=health,
        right=right,
        of=len(asked),
        words=_words(health, asked, right),
        asked=tuple(asked),
    )


def _health(
    asked: Sequence[Asked], firsts: Sequence[Position | None], right: int, n_params: int | None
) -> Health:
    if not asked:
        return "not known"
    if any(one.lost for one in asked) or not any(one.said.strip() for one in asked):
        return "nonsense"
    if right > FEW_RIGHT:
        return "healthy"
    if any(one.chance is not None and one.chance > LIKELY for one in asked):
        return "knows little"
    told = [place for place in firsts if place is not None and place.top]
    flat = bool(told) and all(_highest(place) < FLAT for place in told)
    toy = flat if n_params is None else n_params < TOY_PARAMS
    return "random" if toy else "nonsense"


def _words(health: Health, asked: Sequence[Asked], right: int) -> str:
    if health in ("healthy", "not known"):
        return ""
    if health == "random":
        return "the model answers at random, as random weights do: its speed is real, its text is not"
    if health == "knows little":
        return f"the model knows {right} of {len(asked)} texts that most models know"
    wrong = next((one for one in asked if not one.right), asked[0])
    came = clean_line(wrong.said, SHOWN_CHARS).strip()
    what = f"it says {came!r}" if came else "it says nothing"
    lost = sum(one.lost for one in asked)
    told = f"the server answers nonsense: after {_ending(wrong.prompt)!r} {what}"
    if not lost:
        return told + _repeated(asked)
    where = f"in {lost} of {len(asked)} texts (NaN in the weights or from a kernel)"
    return f"{told}; its probabilities are no numbers {where}"


def _repeated(asked: Sequence[Asked]) -> str:
    said, times = Counter(one.said.strip() for one in asked).most_common(1)[0]
    if said and times >= SAME_SHARE * len(asked):
        return f", and the same after {times} of {len(asked)} texts"
    right = sum(one.right for one in asked)
    return f"; {right} of {len(asked)} certain texts are right"


def _ending(prompt: str) -> str:
    """The last words of a prompt."""
    return prompt if len(prompt) <= SHOWN_CHARS else "... " + " ".join(prompt.split()[-4:])


def _chance(place: Position, expected: tuple[str, ...]) -> float | None:
    """Probability of the tokens that begin what is expected."""
    known = [one for one in place.top or (place.chosen,) if one.logprob is not None and one.text.strip()]
    begun = [one for one in known if any(word.startswith(one.text.strip()) for word in expected)]
    return min(sum(math.exp(one.logprob or 0.0) for one in begun), 1.0)


def _highest(place: Position) -> float:
    return max((math.exp(one.logprob) for one in place.top if one.logprob is not None), default=1.0)
