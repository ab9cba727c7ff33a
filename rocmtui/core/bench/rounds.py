"""Which server starts come next: all rounds of a fixed bench; of one that goes on by itself, the next round.

`--rounds auto` runs three rounds of everything, then only what is undecided, until every comparison has a
verdict, or is known to within `resolve`, or the rounds have run out.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import msgspec

from rocmtui.core.bench.plan.cells import BenchPlan, CellKey, Start, setups, starts
from rocmtui.core.bench.result import BenchResults
from rocmtui.core.bench.summary import Figure, figure, judged_places
from rocmtui.core.stats.sequential import FEWEST_ROUNDS

USUAL_ROUNDS = 10
"""What a bench of fixed rounds would take to be about as sure."""


def next_starts(plan: BenchPlan, results: BenchResults, tried: Collection[CellKey] = ()) -> tuple[Start, ...]:
    """Every start to do now; empty: the bench is done. Cells `tried` already are not tried again."""
    gone = results.done | set(tried)
    if not plan.auto:
        return starts(plan, gone)
    newest = max((cell.round for cell in results.cells), default=0)
    for round_ in range(newest, min(newest + 2, plan.rounds)):
        before = BenchResults(cells=[cell for cell in results.cells if cell.round < round_])
        wanted = None if round_ < FEWEST_ROUNDS else undecided(plan, before)
        todo = []
        for start in (start for start in starts(plan, gone) if start.round == round_):
            key = start.setup.key
            tests = tuple(test for test in start.tests if wanted is None or (key, test.name) in wanted)
            if tests:
                todo.append(msgspec.structs.replace(start, tests=tests))
        if todo:
            return tuple(todo)
    return ()


def undecided(plan: BenchPlan, results: BenchResults) -> set[tuple[str, str]]:
    """Setups (by key) and tests (by name) that need another round, the first variant's with the others'."""
    found: set[tuple[str, str]] = set()
    for group, test, tag, verdicts in judged_places(plan, results):
        open_ = [s for s, v in zip(group[1:], verdicts, strict=True) if v.kind == "undecided"]
        if len(group) == 1:
            open_ = [] if _is_known(plan, figure(plan, results, group[0], test.name, tag)) else [group[0]]
        if open_:
            found |= {(setup.key, test.name) for setup in (group[0], *open_)}
    return found


def rounds_words(plan: BenchPlan, results: BenchResults) -> str:
    """How many measurements it took, against a bench of fixed rounds."""
    each = len(plan.tests) * len(setups(plan))
    counts = [
        sum((cell.setup, cell.test) == (setup.key, test.name) for cell in results.cells)
        for setup in setups(plan)
        for test in plan.tests
    ]
    return (
        f"rounds auto: {min(counts)} to {max(counts)} rounds, {sum(counts)} measurements; "
        f"fixed {USUAL_ROUNDS} rounds would have taken {USUAL_ROUNDS * each}"
    )


def _is_known(plan: BenchPlan, one: Figure) -> bool:
    """Whether the figure of a lone variant is known well enough, or cannot be measured at all."""
    if one.median is None:
        return True
    return one.interval is not None and math.log(one.interval[1] / one.interval[0]) / 2 <= plan.resolve
