"""What a server says of a reply's tokens and of how likely each was, in any of the usual shapes."""

from __future__ import annotations

import msgspec

from rocmtui.core.text.untrusted_json import json_in


class Chance(msgspec.Struct, frozen=True):
    """One token and the logarithm of its probability; None: the server says null (it is no number)."""

    text: str
    logprob: float | None
    id: int | None = None


class Position(msgspec.Struct, frozen=True):
    """One position of a reply: the token that was taken, and the likeliest ones."""

    chosen: Chance
    top: tuple[Chance, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """A short reply: its text, and its positions where the server tells probabilities."""

    text: str
    positions: tuple[Position, ...] | None = None
    tokens: tuple[int, ...] = ()
    """Ids of the tokens, where told."""


class _Listed(msgspec.Struct, frozen=True):
    token: str = ""
    logprob: float | None = None
    id: int | None = None
    top_logprobs: tuple[_Listed, ...] = ()


class _Completion(msgspec.Struct, frozen=True):
    content: str | None = None
    completion_probabilities: tuple[_Listed, ...] | None = None
    tokens: tuple[int, ...] = ()


class _Message(msgspec.Struct, frozen=True):
    content: str | None = None
    reasoning_content: str | None = None


class _Logprobs(msgspec.Struct, frozen=True):
    content: tuple[_Listed, ...] | None = None
    tokens: tuple[str, ...] | None = None
    token_logprobs: tuple[float | None, ...] | None = None
    top_logprobs: tuple[dict[str, float] | None, ...] | None = None


class _Choice(msgspec.Struct, frozen=True):
    text: str | None = None
    message: _Message | None = None
    logprobs: _Logprobs | None = None


class _Choices(msgspec.Struct, frozen=True):
    choices: tuple[_Choice, ...] = ()


def first_word(answer: Answer) -> tuple[Position, ...]:
    """The only position known of a reply without probabilities: its first word."""
    words = answer.text.split(maxsplit=1)
    return (Position(Chance(words[0], 0.0)),) if words else ()


def read_completion(data: bytes) -> Answer | None:
    """A reply of llama-server's own `/completion`; None where it is none."""
    reply = json_in(data, _Completion)
    if reply is None or reply.content is None:
        return None
    listed = reply.completion_probabilities
    positions = None if listed is None else tuple(map(_position, listed))
    ids = tuple(place.chosen.id for place in positions or () if place.chosen.id is not None)
    return Answer(reply.content, positions, reply.tokens or ids)


def read_choices(data: bytes) -> Answer | None:
    """A reply of `/v1/chat/completions` or `/v1/completions`; None where it is none."""
    reply = json_in(data, _Choices)
    if reply is None or not reply.choices:
        return None
    choice = reply.choices[0]
    message = choice.message or _Message()
    text = choice.text or message.content or message.reasoning_content or ""
    said = choice.logprobs
    if said is None:
        return Answer(text)
    if said.content is not None:
        return Answer(text, tuple(map(_position, said.content)))
    return Answer(text, None if said.tokens is None else tuple(_legacy(said)))


def _position(listed: _Listed) -> Position:
    return Position(_chance(listed), tuple(map(_chance, listed.top_logprobs)))


def _chance(listed: _Listed) -> Chance:
    return Chance(listed.token, listed.logprob, listed.id)


def _legacy(said: _Logprobs) -> list[Position]:
    """The parallel lists of the older completions endpoint."""
    chances = said.token_logprobs or (None,) * len(said.tokens or ())
    tops = said.top_logprobs or (None,) * len(said.tokens or ())
    return [
        Position(Chance(token, chance), tuple(Chance(text, value) for text, value in (top or {}).items()))
        for token, chance, top in zip(said.tokens or (), chances, tops, strict=False)
    ]
