"""What each setup of a bench answers: no verdict on its speed without a word on its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from rocmtui.core.answers.distance import as_far_as
from rocmtui.core.answers.verification import Verification
from rocmtui.core.bench.plan.cells import BenchPlan, setups
from rocmtui.core.bench.result import BenchResults, StartResult
from rocmtui.core.bench.summary import SummaryRow, summary_rows
from rocmtui.core.stats.verdict import Verdict
from rocmtui.core.text.sizes import DASH

LOSSY = ("close", "differs")


def judged_rows(plan: BenchPlan, results: BenchResults) -> tuple[SummaryRow, ...]:
    """The rows of a bench, each verdict tempered by what its variant answers."""
    found = {start.setup: start.answers for start in results.starts if start.answers is not None}
    keys = {
        (*setup.place.values(), setup.parallel): setup.key
        for model in plan.models
        for setup in setups(plan, model)
    }

    def tempered(row: SummaryRow) -> SummaryRow:
        labels = [figure.variant for figure in row.figures]
        first, *others = [found.get(keys[row.model, row.ctx, label, row.parallel]) for label in labels]
        return replace(
            row,
            verdicts=tuple(_tempered(v, seen, first) for v, seen in zip(row.verdicts, others, strict=True)),
        )

    return tuple(map(tempered, summary_rows(plan, results)))


def _tempered(verdict: Verdict, seen: Verification | None, first: Verification | None) -> Verdict:
    if first is not None and is_broken(first):
        return replace(verdict, kind="none", text="no verdict: the first variant's answers are broken")
    if seen is None:
        return verdict
    if is_broken(seen):
        return replace(
            verdict, kind="none", text=f"no verdict: its answers are broken ({answers_words(seen)})"
        )
    kl = seen.alone.mean_kl
    if seen.closeness in LOSSY and kl is not None and verdict.kind != "none":
        return replace(verdict, text=f"{verdict.text}, answers {as_far_as(kl)}")
    return verdict


def is_broken(seen: Verification) -> bool:
    """Whether no figure of this setup is a figure of its model."""
    return seen.closeness == "broken" or (seen.look is not None and seen.look.is_nonsense)


def broken_setups(starts: Iterable[StartResult]) -> tuple[str, ...]:
    """Keys of the setups whose answers are broken, in their order."""
    return tuple(
        dict.fromkeys(
            start.setup for start in starts if start.answers is not None and is_broken(start.answers)
        )
    )


def answers_words(seen: Verification) -> str:
    """`same`, `close, KL 0.012`, `broken: ...`: a cell of a table."""
    if seen.look is not None and seen.look.is_nonsense:
        return "nonsense"
    kl = max((part.mean_kl for _, part in seen.parts() if part.mean_kl is not None), default=None)
    if seen.closeness in ("same", "not known") or kl is None:
        return seen.closeness
    company = seen.busy is not None and seen.busy.closeness != seen.alone.closeness
    return f"{seen.closeness}, KL {kl:.3g}" + (f" with {seen.slots} slots busy" if company else "")


def answers_lines(starts: Iterable[StartResult]) -> Iterator[tuple[str, str, str, str]]:
    """Model, slots, variant and words of each setup that was looked at."""
    for start in starts:
        if start.answers is not None:
            variant = start.setup.rsplit("|", 1)[-1]
            yield start.model, str(start.parallel), variant, answers_words(start.answers) or DASH
