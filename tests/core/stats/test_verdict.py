"""Verdicts say what was found, with its interval, and how sure they are."""

from __future__ import annotations

import pytest

from rocmtui.core.stats.change import Change
from rocmtui.core.stats.verdict import Better, holm, judge, judge_all


def change(estimate: float, low: float | None, high: float | None, pairs: int = 5) -> Change:
    interval = None if low is None or high is None else (low, high)
    return Change(estimate=estimate, interval=interval, pairs=pairs)


@pytest.mark.parametrize(
    ("found", "unit", "better", "kind", "text"),
    [
        (change(0.041, 0.022, 0.060), "tok/s", "higher", "better", "4.1 % faster (2.2 to 6.0)"),
        (change(-0.041, -0.060, -0.022), "tok/s", "higher", "worse", "4.1 % slower (2.2 to 6.0)"),
        (change(-0.3, -0.4, -0.2), "ms", "lower", "better", "30.0 % shorter (20.0 to 40.0)"),
        (change(1.5, 1.2, 1.8), "ms", "lower", "worse", "150 % longer (120 to 180)"),
        (change(0.1, 0.05, 0.15), "B", None, "different", "10.0 % more (5.0 to 15.0)"),
        (
            change(0.016, -0.012, 0.044),
            "tok/s",
            "higher",
            "same",
            "no significant difference (−1.2 to +4.4 %)",
        ),
        (
            change(0.01, -0.06, 0.08, 3),
            "tok/s",
            "higher",
            "undecided",
            "undecided: 3 rounds are too few to see less than 8.0 % (−6.0 to +8.0 %)",
        ),
        (
            change(0.3, -0.6, 3.27, 3),
            "tok/s",
            "higher",
            "undecided",
            "undecided: 3 rounds are too few on a machine this noisy (−60.0 to +327 %)",
        ),
        (
            change(0.01, None, None, 1),
            "tok/s",
            "higher",
            "undecided",
            "undecided: 1 round is too few to tell a difference from noise",
        ),
        (
            change(0.5, 0.4, 0.6, 2),
            "tok/s",
            "higher",
            "undecided",
            "undecided: 2 rounds are too few to tell a difference from noise",
        ),
        (None, "ms", "lower", "none", "not measured on both sides"),
    ],
)
def test_each_outcome_has_its_words(
    found: Change | None, unit: str, better: Better | None, kind: str, text: str
) -> None:
    verdict = judge(found, unit=unit, better=better)
    assert (verdict.kind, verdict.text) == (kind, text)


def test_zero_has_no_sign() -> None:
    verdict = judge(change(0.0, -0.0001, 0.0002), unit="ms", better="lower")
    assert verdict.text == "no significant difference (0.0 to 0.0 %)"


def test_holm_is_the_example_of_the_books() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == [0.03, 0.06, 0.06, 0.02]
    assert holm([None, 0.04]) == [None, 0.04]


def test_what_one_row_alone_would_say_is_chance_among_many() -> None:
    lucky = Change(estimate=0.04, interval=(0.001, 0.08), pairs=5, p=0.04)
    others = [Change(estimate=0.0, interval=(-0.01, 0.01), pairs=5, p=0.9)] * 11
    alone, *_ = judge_all([(lucky, "tok/s", "higher")])
    among, *rest = judge_all([(change, "tok/s", "higher") for change in (lucky, *others)])
    assert (alone.kind, among.kind, rest[0].kind) == ("better", "undecided", "same")
    assert among.text == "undecided: 4.0 % faster (0.1 to 8.0) alone, but it would be chance among 12 rows"


def test_differences_in_the_unit_itself_are_said_in_it() -> None:
    found = Change(estimate=5.2, interval=(4.1, 6.3), pairs=5, absolute=True)
    assert judge(found, unit="ms", better="lower").text == "5.20 ms longer (4.10 to 6.30)"
