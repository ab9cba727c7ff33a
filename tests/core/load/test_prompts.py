"""Nonces and words."""

import pytest

from rocmtui.core.load.prompts import nonce, prompt_count, random_words, to_prompt, with_prefix
from rocmtui.core.load.scenario import Message, Prompt


def test_words_and_nonces_are_the_same_for_the_same_seed_and_differ_by_number() -> None:
    assert random_words(1, 5, 20) == random_words(1, 5, 20)
    assert random_words(1, 5, 20) != random_words(1, 6, 20)
    assert random_words(2, 5, 20) != random_words(1, 5, 20)
    assert len({nonce(1, index) for index in range(1000)}) == 1000


def test_prefix_goes_before_the_text_and_before_the_first_message() -> None:
    assert with_prefix(to_prompt("b", "completions"), "a ") == Prompt(text="a b")
    chat = Prompt(messages=(Message("system", "b"), Message("user", "c")))
    assert with_prefix(chat, "a ").messages == (Message("system", "a b"), Message("user", "c"))


@pytest.mark.parametrize(
    ("requests", "warmup", "length", "count"),
    [(3, 2, 100, 5), (None, 0, 100, 500), (100_000, 0, 100, 500), (100, 0, 4_000_000, 2), (5, 0, 10**9, 1)],
)
def test_number_of_prompts(requests: int | None, warmup: int, length: int, count: int) -> None:
    assert prompt_count(requests, warmup, length) == count
