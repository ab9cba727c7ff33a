"""A bench that goes on by itself: three rounds of everything, then only what is undecided."""

from __future__ import annotations

import random

import msgspec
import pytest

from rocmtui.core.bench.plan.cells import BenchPlan, Setup, checked
from rocmtui.core.bench.plan.suite import DECODE, TTFT, BenchTest
from rocmtui.core.bench.plan.variant import Variant
from rocmtui.core.bench.result import BenchResults, CellResult
from rocmtui.core.bench.rounds import next_starts, rounds_words
from rocmtui.core.bench.summary import summary_rows
from rocmtui.errors import UsageError
from tests.fakes.auto_bench import Figures, carried_out

PLAN = BenchPlan(
    models=("m",),
    variants=(Variant(label="A"), Variant(label="B"), Variant(label="C")),
    tests=(DECODE, TTFT),
    rounds=20,
    auto=True,
)


def figures(*, slow: float = 1.0, noise: float = 0.01, seed: int = 1) -> Figures:
    rng = random.Random(seed)

    def made(setup: Setup, _test: BenchTest, _round: int) -> dict[str, float]:
        speed = 100 * rng.lognormvariate(0, noise) * (slow if setup.variant.label == "B" else 1.0)
        return {"output_tps_per_request": speed, "ttft": speed}

    return made


def rounds_of(results: BenchResults, variant: str, test: str) -> int:
    return sum(cell.setup.endswith(f"|{variant}") and cell.test == test for cell in results.cells)


def test_what_is_decided_gets_no_more_rounds_and_the_rest_does() -> None:
    """B differs by much in decode, C by nothing; noise makes C's decode hard to know."""

    def made(setup: Setup, test: BenchTest, round_: int) -> dict[str, float]:
        rng = random.Random(f"{setup.variant.label} {test.name} {round_}")
        slow = 0.5 if setup.variant.label == "B" else 1.0
        return {
            "output_tps_per_request": 100 * slow * rng.lognormvariate(0, 0.02),
            "ttft": 50 / slow * rng.lognormvariate(0, 0.005),
        }

    results = carried_out(PLAN, made)
    counts = {(v, t.name): rounds_of(results, v, t.name) for v in "ABC" for t in PLAN.tests}
    assert counts["B", "tg128"] < counts["C", "tg128"] == counts["A", "tg128"]
    assert counts["C", "ttft32"] < counts["C", "tg128"]
    verdicts = {row.test: [v.kind for v in row.verdicts] for row in summary_rows(PLAN, results)}
    assert verdicts == {"tg128": ["worse", "same"], "ttft32": ["worse", "same"]}


def test_three_rounds_are_the_least_and_max_rounds_the_most() -> None:
    quiet = carried_out(PLAN, figures(noise=0.0001))
    assert {cell.round for cell in quiet.cells} == {0, 1, 2}
    loud = carried_out(msgspec.structs.replace(PLAN, rounds=5), figures(noise=0.3))
    assert max(cell.round for cell in loud.cells) == 4
    assert "3 to 3 rounds, 18 measurements; fixed 10 rounds would have taken 60" in rounds_words(PLAN, quiet)


def test_one_variant_goes_on_until_its_own_figure_is_known() -> None:
    alone = msgspec.structs.replace(PLAN, variants=PLAN.variants[:1])
    results = carried_out(alone, figures(noise=0.03))
    assert 3 < rounds_of(results, "A", "tg128") < 20


def test_a_cell_that_fails_is_not_tried_for_ever() -> None:
    results = BenchResults()
    tried: set[tuple[str, str, int]] = set()
    for _ in range(100):
        todo = next_starts(PLAN, results, tried)
        if not todo:
            break
        for start in todo:
            for test in start.tests:
                tried.add((start.setup.key, test.name, start.round))
                results.add(
                    CellResult(
                        setup=start.setup.key,
                        model="m",
                        parallel=1,
                        test=test.name,
                        kind=test.kind,
                        round=start.round,
                        error="the server died",
                    )
                )
    assert len(tried) == 3 * 3 * 2


def test_a_resumed_bench_goes_on_where_it_was() -> None:
    whole = carried_out(PLAN, figures(noise=0.05, seed=3))
    part = BenchResults(cells=whole.cells[:20])
    first = next_starts(PLAN, part)[0]
    assert (first.round, first.setup.key, first.tests[0].name) == (
        whole.cells[20].round,
        whole.cells[20].setup,
        whole.cells[20].test,
    )


@pytest.mark.parametrize("changed", [{"rounds": 2}, {"resolve": 0.0}, {"resolve": 3.0}])
def test_what_cannot_come_to_a_verdict_is_refused(changed: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        checked(msgspec.structs.replace(PLAN, **changed))
