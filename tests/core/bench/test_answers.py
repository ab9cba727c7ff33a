"""What a setup answers, alone and in company, and what that does to the verdicts on its speed."""

import pytest

from rocmtui.core.answers.distance import Closeness, Distance
from rocmtui.core.answers.look import Company, Look
from rocmtui.core.answers.verification import Verification
from rocmtui.core.bench.answers import SetupAnswers, answers_lines, answers_of, broken_setups
from rocmtui.core.bench.result import CellResult, StartResult

WRONG = Company(right=2, of=5, words="right alone, wrong with 4 slots busy: 3 of 5 certain texts")
NEAR_TIE = Company(right=4, of=5, words="right alone, wrong with 4 slots busy: 1 of 5 certain texts")


def verified(closeness: Closeness = "same", *, nonsense: bool = False) -> Verification:
    look = Look(health="nonsense" if nonsense else "healthy")
    return Verification(max_kl=0.006, look=look, alone=Distance(closeness=closeness, mean_kl=0.001))


def start(setup: str, answers: Verification | None) -> StartResult:
    return StartResult(setup=setup, model="m", parallel=4, round=0, answers=answers)


def cell(setup: str, company: Company | None) -> CellResult:
    return CellResult(
        setup=setup, model="m", parallel=4, test="t", kind="concurrent", round=0, answers_under_load=company
    )


@pytest.mark.parametrize(
    ("seen", "broken"),
    [
        (verified(), False),
        (verified("differs"), False),
        (verified("broken"), True),
        (verified(nonsense=True), True),
    ],
)
def test_broken_is_one_thing_to_verify_and_to_bench(seen: Verification, broken: bool) -> None:
    assert seen.is_broken is broken
    assert SetupAnswers(seen).is_broken is broken
    assert seen.differs is broken


def test_what_is_wrong_in_company_is_broken_and_one_near_tie_is_not() -> None:
    starts = (start("a", verified()), start("b", verified()))
    cells = (cell("a", NEAR_TIE), cell("b", Company(right=0, of=2, words="wrong")), cell("b", WRONG))
    assert broken_setups(starts, cells) == ("b",)
    assert answers_of(starts, cells)["b"].company == Company(right=2, of=7)
    assert [words for *_, words in answers_lines(starts, cells)] == [
        "same; right alone, wrong in company: 1 of 5",
        "same; right alone, wrong in company: 5 of 7",
    ]


def test_of_too_few_texts_nothing_is_concluded() -> None:
    assert not Company(right=0, of=2, words="wrong").is_nonsense
    assert Company(right=1, of=3, words="wrong").is_nonsense


def test_a_setup_nobody_looked_at_is_in_no_line() -> None:
    assert list(answers_lines((start("a", None),), (cell("a", None),))) == []
