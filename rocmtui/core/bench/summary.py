"""A bench summed up: medians over rounds, verdicts against the first variant, scaling with slots."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from rocmtui.core.bench.metrics import LIMIT_SHARE, PROMPT_TOKENS, SHOWN, TOKENS_PER_JOULE, row_name, unit_of
from rocmtui.core.bench.plan.cells import BenchPlan, Setup, setups
from rocmtui.core.bench.plan.suite import BenchTest
from rocmtui.core.bench.result import BenchResults
from rocmtui.core.stats.change import Change, half_width, log_ratios, paired_change
from rocmtui.core.stats.quantiles import known, mean, median
from rocmtui.core.stats.sequential import sequential_change
from rocmtui.core.stats.verdict import MIN_PAIRS, WORTH_SEEING, Better, Verdict, judge_all
from rocmtui.core.text import forms


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one variant over the rounds."""

    variant: str
    median: float | None = None
    interval: tuple[float, float] | None = None
    """95 %, of the geometric mean over rounds; None below 3 rounds."""
    rounds: tuple[float | None, ...] = ()
    warned: int = 0
    """Rounds whose audit warns, also when repeated."""
    failure: str | None = None
    """Why there is nothing."""
    limit_share: float | None = None
    """Of a decode speed: the median of what was reached of its limit; None: not known."""


class SummaryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one test on one model, context and number of slots: all variants side by side."""

    model: str
    ctx: int | None
    parallel: int
    test: str
    name: str
    """As shown: `pp512`, `tg128`, `tg32 (c4) total`."""
    tag: str
    unit: str
    better: Better | None
    figures: tuple[Figure, ...]
    verdicts: tuple[Verdict, ...]
    """Of each further variant against the first."""
    prompt_tokens: int | None = None
    """Length of its prompts after `depth`; None in reports from before it was told."""
    depth: int = 0
    """Tokens that stood in each slot before."""

    @property
    def prompt(self) -> str:
        """`32`, `4,096 + 32`."""
        after = forms.count(self.prompt_tokens)
        return f"{forms.count(self.depth)} + {after}" if self.depth else after

    @property
    def words(self) -> str:
        """Its name as people say it where the slots are told: `tg32 ×4 total`."""
        return self.name.replace(f" (c{self.parallel})", f" ×{self.parallel}")

    @property
    def is_measured(self) -> bool:
        """Whether any variant has a figure."""
        return any(one.median is not None for one in self.figures)


class Judged(NamedTuple):
    """One row of the bench to come, judged."""

    group: tuple[Setup, ...]
    """Setups that differ only in their variant, the first variant first."""
    test: BenchTest
    tag: str
    verdicts: tuple[Verdict, ...]
    """Of each further variant against the first."""


class Scaling(msgspec.Struct, frozen=True, kw_only=True):
    """What more slots bring to all streams together, against the fewest slots benched."""

    model: str
    ctx: int | None
    variant: str
    test: str
    from_slots: int
    to_slots: int
    factor: float
    interval: tuple[float, float] | None = None


def summary_rows(plan: BenchPlan, results: BenchResults) -> tuple[SummaryRow, ...]:
    """Every row, in the order of the plan; energy nobody measured is left out.

    All verdicts of a bench hold together (Holm): the chance of one false one among them is 5 % at most.
    """
    rows = [_row(plan, results, judged) for judged in judged_places(plan, results)]
    return tuple(row for row in rows if row.tag != TOKENS_PER_JOULE or row.is_measured)


def judged_places(plan: BenchPlan, results: BenchResults) -> list[Judged]:
    """The verdicts of every row, without its figures."""
    places = [
        (group, test, tag) for group in side_by_side(plan) for test in plan.tests for tag in SHOWN[test.kind]
    ]
    verdicts = iter(
        judge_all(
            [
                (_change(plan, results, group[0], setup, test.name, tag), *unit_of(tag))
                for group, test, tag in places
                for setup in group[1:]
            ],
            worth_seeing=plan.resolve if plan.auto else WORTH_SEEING,
        )
    )
    return [Judged(*place, tuple(next(verdicts) for _ in place[0][1:])) for place in places]


def scalings(plan: BenchPlan, results: BenchResults) -> tuple[Scaling, ...]:
    """How aggregate speed grows with slots, where it was measured at two numbers of slots or more."""
    fewest = min(plan.parallel)
    more = [setup for setup in setups(plan) if setup.parallel != fewest]
    return tuple(
        Scaling(
            **setup.place,
            test=test.name,
            from_slots=fewest,
            to_slots=setup.parallel,
            factor=1 + change.estimate,
            interval=change.interval and (1 + change.interval[0], 1 + change.interval[1]),
        )
        for setup, base in [(one, msgspec.structs.replace(one, parallel=fewest)) for one in more]
        for test in plan.tests
        if test.kind == "concurrent"
        and (change := _change(plan, results, base, setup, test.name, "output_tps")) is not None
    )


def figure_of(
    variant: str, rounds: Sequence[float | None], *, warned: int = 0, failure: str | None = None
) -> Figure:
    """The figure of one variant from its rounds."""
    values = [value for value in rounds if value is not None]
    if not values:
        return Figure(variant=variant, rounds=tuple(rounds), failure=failure)
    logs = [math.log(value) for value in values if value > 0]
    half = half_width(logs) if len(logs) >= MIN_PAIRS else None
    center = mean(logs) if logs else 0.0
    return Figure(
        variant=variant,
        median=median(values),
        interval=None if half is None else (math.exp(center - half), math.exp(center + half)),
        rounds=tuple(rounds),
        warned=warned,
    )


def side_by_side(plan: BenchPlan) -> Iterator[tuple[Setup, ...]]:
    """Setups that differ only in their variant, the first variant first."""
    every, width = setups(plan), len(plan.variants)
    for first in range(0, len(every), width):
        yield every[first : first + width]


def _row(plan: BenchPlan, results: BenchResults, judged: Judged) -> SummaryRow:
    group, test, tag, verdicts = judged
    first, (unit, better) = group[0], unit_of(tag)
    return SummaryRow(
        model=first.model,
        ctx=first.ctx,
        parallel=first.parallel,
        test=test.name,
        name=row_name(test, tag, first.parallel),
        tag=tag,
        unit=unit,
        better=better,
        figures=tuple(figure(plan, results, setup, test.name, tag) for setup in group),
        verdicts=verdicts,
        prompt_tokens=_counted_prompt(results, test) if test.text else test.prompt_tokens,
        depth=test.depth,
    )


def _counted_prompt(results: BenchResults, test: BenchTest) -> int | None:
    """Of a text: its length as a server counted it."""
    counts = (cell.metrics.get(PROMPT_TOKENS) for cell in results.cells if cell.test == test.name)
    return next((round(count) for count in counts if count is not None), None)


def figure(plan: BenchPlan, results: BenchResults, setup: Setup, test: str, tag: str) -> Figure:
    """One metric of one setup."""
    cells = [cell for cell in results.cells if (cell.setup, cell.test) == (setup.key, test)]
    errors = [cell.error for cell in cells if cell.error is not None]
    found = figure_of(
        setup.variant.label,
        rounds_of(plan, results, setup, test, tag),
        warned=sum(bool(cell.warnings) for cell in cells),
        failure=errors[-1] if errors else results.failure(setup),
    )
    is_decode = tag in ("output_tps", "output_tps_per_request")
    shares = (cell.metrics.get(LIMIT_SHARE) for cell in cells if is_decode)
    return msgspec.structs.replace(found, limit_share=known(median, shares))


def rounds_run(plan: BenchPlan, results: BenchResults) -> int:
    """How many rounds the bench has: those of its plan, or those begun so far."""
    begun = max((cell.round + 1 for cell in results.cells), default=0)
    return begun if plan.auto else plan.rounds


def rounds_of(
    plan: BenchPlan, results: BenchResults, setup: Setup, test: str, tag: str
) -> tuple[float | None, ...]:
    """One figure a round; None where it was not measured."""
    cells = {cell.round: cell for cell in results.cells if (cell.setup, cell.test) == (setup.key, test)}
    every = range(rounds_run(plan, results))
    return tuple(cells[number].metrics.get(tag) if number in cells else None for number in every)


def _change(plan: BenchPlan, results: BenchResults, a: Setup, b: Setup, test: str, tag: str) -> Change | None:
    one, other = (rounds_of(plan, results, setup, test, tag) for setup in (a, b))
    return sequential_change(log_ratios(one, other)) if plan.auto else paired_change(one, other)
