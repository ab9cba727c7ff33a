"""Prompts of a trace: what was shared is shared again, to the token."""

from __future__ import annotations

from rocmtui.core.load.traces.session import TraceRequest, TraceSession, TraceTurn
from rocmtui.core.load.traces.words import TraceWords

WORDS = ("a", "b", "c", "d", "e", "f", "g", "h")


def text(
    *blocks: int, tokens: int, key: str = "k", turns: int = 1, turn: int = 0, overhead: int = 0
) -> list[str]:
    request = TraceRequest(prompt_tokens=tokens, output_tokens=1, blocks=blocks)
    session = TraceSession(key=key, turns=(TraceTurn(request=request),) * turns)
    return TraceWords("seed", WORDS, 1, 16).text(session, turn, request, overhead).split()


def test_equal_blocks_are_equal_words_and_the_length_is_exact() -> None:
    one, other = text(1, 2, 3, tokens=40), text(1, 2, 4, tokens=48, key="other")
    assert (len(one), len(other)) == (40, 48)
    assert one[:32] == other[:32]
    assert one[32:] != other[32:40]
    assert len(text(1, 2, 3, tokens=40, overhead=7)) == 33
    assert text(1, 2, 3, tokens=40, overhead=7) == one[:33]


def test_a_session_without_blocks_goes_on_with_what_it_was_and_others_differ() -> None:
    assert text(tokens=30, turns=2, turn=1)[:20] == text(tokens=20, turns=2)
    assert text(tokens=20) != text(tokens=20, turn=1)
    assert text(tokens=20, key="x", turns=2) != text(tokens=20, key="y", turns=2)


def test_too_few_blocks_are_filled_up_and_nothing_is_empty() -> None:
    assert len(text(1, tokens=40)) == 40
    assert len(text(1, tokens=4, overhead=9)) == 1
