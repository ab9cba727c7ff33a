"""The look: what of ten certain texts is health, little knowledge, chance or nonsense."""

import math

import pytest

from rocmtui.core.answers.look import Look, asked_of, judge
from rocmtui.core.answers.reading import Answer, Chance, Position
from rocmtui.core.answers.texts import LOOK


def seen(answers: list[Answer], n_params: int | None = 268_000_000) -> Look:
    asked = [asked_of(text, answer) for text, answer in zip(LOOK, answers, strict=True)]
    return judge(asked, [answer.positions[0] if answer.positions else None for answer in answers], n_params)


def said(text: str, chance: float | None = 0.9) -> Answer:
    if chance is None:
        return Answer(text, (Position(Chance(text, None), ()),))
    one = Chance(text, math.log(chance))
    return Answer(text, (Position(one, (one,)),))


RIGHT = [said(f" {text.expected[0]}") for text in LOOK]


def test_a_healthy_model_is_told_nothing() -> None:
    found = seen(RIGHT)
    assert (found.health, found.right, found.words) == ("healthy", 10, "")


def test_a_model_that_knows_two_is_no_nonsense() -> None:
    assert seen([*RIGHT[:2], *[said(" hm")] * 8]).health == "healthy"


def test_little_knowledge_is_seen_by_what_was_held_likely() -> None:
    hesitant = Position(Chance(" the", -1.0), (Chance(" the", -1.0), Chance(" seven", math.log(0.2))))
    found = seen([Answer(" the", (hesitant,)), *[said(" hm")] * 9])
    assert found.health == "knows little"
    assert not found.is_nonsense


def test_one_token_over_and_over_is_nonsense_and_quoted() -> None:
    found = seen([said("@@@@")] * 10)
    assert found.is_nonsense
    assert found.words == (
        "the server answers nonsense: after 'One, two, three, four, five, six,' it says '@@@@', "
        "and the same after 10 of 10 texts"
    )


def test_one_lucky_answer_does_not_save_it() -> None:
    assert seen([RIGHT[0].__class__(" seven", None), *[Answer(" #", None)] * 9]).is_nonsense


def test_probabilities_that_are_no_numbers_are_nonsense_whatever_was_right() -> None:
    found = seen([*RIGHT[:9], said("", None)])
    assert found.is_nonsense
    assert "no numbers in 1 of 10" in found.words


def test_nothing_at_all_is_nonsense_without_probabilities_too() -> None:
    assert seen([Answer("")] * 10).is_nonsense


@pytest.mark.parametrize("n_params", [491_136, None])
def test_random_weights_are_told_as_what_they_are(n_params: int | None) -> None:
    found = seen([said(f" {n}", 0.001) for n in range(10)], n_params)
    assert found.health == "random"
    assert "random" in found.words


def test_a_large_model_at_random_is_broken() -> None:
    assert seen([said(f" {n}", 0.001) for n in range(10)], 7_000_000_000).is_nonsense


def test_in_a_chat_the_word_may_come_later() -> None:
    assert asked_of(LOOK[0], Answer("Sure: seven, eight"), anywhere=True).right
    assert not asked_of(LOOK[0], Answer("Sure: seven, eight")).right


def test_words_of_a_server_are_made_safe() -> None:
    assert "\x1b" not in seen([said("\x1b[2J@")] * 10).words
