"""Distances between distributions, held against figures worked out by hand."""

import math

import pytest

from rocmtui.core.answers.distance import as_far_as, distance, divergence, gap, sentence, worst_line
from rocmtui.core.answers.reading import Chance, Position


def place(chances: dict[str, float], ids: bool = True) -> Position:
    top = tuple(
        Chance(text, math.log(chance), number if ids else None)
        for number, (text, chance) in enumerate(chances.items())
    )
    return Position(top[0], top)


def test_equal_distributions_are_no_distance_apart() -> None:
    one = place({" nine": 0.6, " ten": 0.3})
    assert divergence(one, one) == pytest.approx(0.0)


def test_the_figure_is_that_of_the_formula_with_all_else_in_one_cell() -> None:
    reference, here = place({"a": 0.6, "b": 0.3}), place({"a": 0.5, "b": 0.2})
    by_hand = 0.6 * math.log(0.6 / 0.5) + 0.3 * math.log(0.3 / 0.2) + 0.1 * math.log(0.1 / 0.3)
    assert divergence(reference, here) == pytest.approx(by_hand)


def test_a_token_the_other_does_not_list_counts_with_the_least_it_lists() -> None:
    reference = place({"right": 0.98, "x": 0.01})
    here = Position(
        Chance("w", 0.0, 7), tuple(Chance("w", math.log(p), 7 + n) for n, p in enumerate((0.9, 0.05)))
    )
    by_hand = (
        0.98 * math.log(0.98 / 0.05)
        + 0.01 * math.log(0.01 / 0.05)
        + 0.01 * math.log(0.01 / (1 - 0.05 - 0.05))
    )
    assert divergence(reference, here) == pytest.approx(by_hand)
    assert by_hand > 2.5


def test_without_ids_tokens_are_told_apart_by_their_text() -> None:
    assert divergence(place({"a": 0.7}), place({"a": 0.7}, ids=False)) == pytest.approx(0.0)


def test_what_is_no_number_has_no_distance_and_is_broken() -> None:
    nan = Position(Chance("", None), (Chance("", None),))
    found = distance([gap("x", place({"a": 0.7}), nan), gap("x", place({"a": 0.7}), place({"a": 0.7}))])
    assert divergence(place({"a": 0.7}), nan) is None
    assert (found.closeness, found.lost, found.positions) == ("broken", 1, 2)
    assert found.worst[0].kl is None
    assert "no numbers at 1 of 2 positions" in sentence(found)


@pytest.mark.parametrize(
    ("mean", "closeness"), [(0.001, "same"), (0.02, "close"), (0.08, "differs"), (0.32, "broken")]
)
def test_the_words_follow_the_mean(mean: float, closeness: str) -> None:
    made = [gap("x", place({"a": 0.7}), place({"a": 0.7}))]
    found = distance([type(made[0])(before="x", kl=mean, same_first=True)])
    assert found.closeness == closeness


def test_one_far_position_is_no_rounding() -> None:
    made = gap("x", place({"a": 0.7}), place({"a": 0.7}))
    gaps = [made] * 199 + [type(made)(before="x", kl=0.6, same_first=False)]
    assert distance(gaps).closeness == "close"


@pytest.mark.parametrize(
    ("kl", "words"),
    [
        (0.0, "nearer than q8_0 to f16"),
        (0.0009, "as far as q8_0 from f16"),
        (0.02, "as far as q4_K_M from f16"),
        (0.3, "as far as q2_K from f16"),
        (4.0, "farther than q2_K from f16"),
    ],
)
def test_the_scale_people_know(kl: float, words: str) -> None:
    assert as_far_as(kl) == words


def test_a_position_as_text_lets_no_terminal_code_through() -> None:
    line = worst_line(
        gap("seven,\x1b[31m eight,", place({" nine": 0.62}), place({" nine": 0.31, " ten": 0.33}))
    )
    assert line == "after '... seven, eight,' reference ' nine' 0.62, here ' ten' 0.33, ' nine' 0.31"
    assert "\x1b" not in line


def test_a_server_that_lists_no_alternatives_is_not_known_and_not_broken() -> None:
    bare = Position(Chance("a", -0.1, 1))
    found = distance([gap("x", place({"a": 0.7}), bare)])
    assert (found.closeness, found.positions, found.lost) == ("not known", 0, 0)
