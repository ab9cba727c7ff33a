"""What each setup of a bench answers: no verdict on its speed without a word on its text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from rocmtui.core.answers.distance import as_far_as
from rocmtui.core.answers.look import Company
from rocmtui.core.answers.verification import Verification
from rocmtui.core.bench.plan.cells import BenchPlan, setups
from rocmtui.core.bench.result import BenchResults, CellResult, StartResult
from rocmtui.core.bench.summary import SummaryRow, summary_rows
from rocmtui.core.stats.quantiles import known
from rocmtui.core.stats.verdict import Verdict
from rocmtui.core.text import forms

LOSSY = ("close", "differs")


class SetupAnswers(msgspec.Struct, frozen=True):
    """Of one setup."""

    verified: Verification | None = None
    """Against the reference."""
    company: Company | None = None
    """Certain texts asked in the company of its loads, of all cells together."""

    @property
    def is_broken(self) -> bool:
        """Whether no figure of this setup is a figure of its model."""
        in_company = self.company is not None and self.company.is_nonsense
        return in_company or (self.verified is not None and self.verified.is_broken)

    @property
    def words(self) -> str:
        """`same`, `close, KL 0.012`, `broken: ...`: a cell of a table."""
        said = [] if self.verified is None else [answers_words(self.verified)]
        company = self.company
        if company is not None and company.right < company.of:
            said.append(f"right alone, wrong in company: {company.of - company.right} of {company.of}")
        return "; ".join(said)


def answers_of(starts: Sequence[StartResult], cells: Sequence[CellResult]) -> dict[str, SetupAnswers]:
    """Of each setup that was looked at, by its key, in their order."""
    verified = {start.setup: start.answers for start in starts if start.answers is not None}
    company: dict[str, Company] = {}
    for cell in cells:
        found = cell.answers_under_load
        if found is not None:
            before = company.get(cell.setup, Company())
            company[cell.setup] = Company(right=before.right + found.right, of=before.of + found.of)
    keys = dict.fromkeys((*verified, *company))
    return {key: SetupAnswers(verified.get(key), company.get(key)) for key in keys}


def judged_rows(plan: BenchPlan, results: BenchResults) -> tuple[SummaryRow, ...]:
    """The rows of a bench, each verdict tempered by what its variant answers."""
    found = answers_of(results.starts, results.cells)
    keys = {(*setup.place.values(), setup.parallel): setup.key for setup in setups(plan)}

    def tempered(row: SummaryRow) -> SummaryRow:
        labels = [figure.variant for figure in row.figures]
        first, *others = [found.get(keys[row.model, row.ctx, label, row.parallel]) for label in labels]
        return replace(
            row,
            verdicts=tuple(_tempered(v, seen, first) for v, seen in zip(row.verdicts, others, strict=True)),
        )

    return tuple(map(tempered, summary_rows(plan, results)))


def _tempered(verdict: Verdict, seen: SetupAnswers | None, first: SetupAnswers | None) -> Verdict:
    if first is not None and first.is_broken:
        return replace(verdict, kind="none", text="no verdict: the first variant's answers are broken")
    if seen is None:
        return verdict
    if seen.is_broken:
        return replace(verdict, kind="none", text=f"no verdict: its answers are broken ({seen.words})")
    kl = None if seen.verified is None else seen.verified.alone.mean_kl
    lossy = seen.verified is not None and seen.verified.closeness in LOSSY
    if lossy and kl is not None and verdict.kind != "none":
        return replace(verdict, text=f"{verdict.text}, answers {as_far_as(kl)}")
    return verdict


def broken_setups(starts: Sequence[StartResult], cells: Sequence[CellResult]) -> tuple[str, ...]:
    """Keys of the setups whose answers are broken, in their order."""
    return tuple(key for key, seen in answers_of(starts, cells).items() if seen.is_broken)


def answers_words(seen: Verification) -> str:
    """Of a verification alone."""
    if seen.look is not None and seen.look.is_nonsense:
        return "nonsense"
    kl = known(max, (part.mean_kl for _, part in seen.parts()))
    if seen.closeness in ("same", "not known") or kl is None:
        return seen.closeness
    company = seen.busy is not None and seen.busy.closeness != seen.alone.closeness
    return f"{seen.closeness}, KL {forms.figure(kl)}" + (f" with {seen.slots} slots busy" if company else "")


def answers_lines(
    starts: Sequence[StartResult], cells: Sequence[CellResult] = ()
) -> Iterator[tuple[str, str, str, str]]:
    """Model, slots, variant and words of each setup that was looked at."""
    lines: list[StartResult | CellResult] = [*starts, *cells]
    places = {line.setup: (line.model, str(line.parallel)) for line in lines}
    for key, seen in answers_of(starts, cells).items():
        if seen.words:
            yield (*places[key], key.rsplit("|", 1)[-1], seen.words)
