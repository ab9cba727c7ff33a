"""A change put into words: faster, slower, no significant difference, undecided. Never a bare ratio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from rocmtui.core.stats.change import Change
from rocmtui.core.stats.student import LEVEL
from rocmtui.core.text import forms

Better = Literal["higher", "lower"]
VerdictKind = Literal["better", "worse", "different", "same", "undecided", "none"]

MIN_PAIRS = 3
"""Fewer rounds than this give no verdict: their interval rests on one or two differences."""
WORTH_SEEING = 0.05
""""No significant difference" is said when half the interval is at most this; wider, it is undecided."""

HOPELESS = 0.9
"""An interval that reaches this far says more of the machine than of the difference."""

_WORDS = {
    "speed": ("faster", "slower"),
    "time": ("longer", "shorter"),
    "amount": ("more", "less"),
}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison of one metric came to."""

    kind: VerdictKind
    text: str
    """One phrase: `4.1 % faster (2.2 to 6.0)`."""
    change: Change | None = None

    @property
    def is_regression(self) -> bool:
        """Whether it got worse beyond doubt."""
        return self.kind == "worse"


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """p-values made to hold for all of them together: the chance of one false verdict among them.

    S. Holm, "A simple sequentially rejective multiple test procedure", 1979. None stays None and counts for
    nothing.
    """
    order = sorted((p, index) for index, p in enumerate(ps) if p is not None)
    adjusted: list[float | None] = [None] * len(ps)
    most = 0.0
    for rank, (p, index) in enumerate(order):
        most = max(most, min(p * (len(order) - rank), 1.0))
        adjusted[index] = most
    return adjusted


def judge_all(
    changes: Sequence[tuple[Change | None, str, Better | None]], *, worth_seeing: float = WORTH_SEEING
) -> list[Verdict]:
    """Verdicts on (change, unit, better) that stand together: Holm over all that may be judged."""
    may = [change is not None and change.pairs >= MIN_PAIRS for change, _, _ in changes]
    ps = holm([change.p if change and ok else None for (change, _, _), ok in zip(changes, may, strict=True)])
    rows = sum(p is not None for p in ps)
    return [
        judge(change, unit=unit, better=better, worth_seeing=worth_seeing, p=p, rows=rows)
        for (change, unit, better), p in zip(changes, ps, strict=True)
    ]


def judge(
    change: Change | None,
    *,
    unit: str,
    better: Better | None,
    worth_seeing: float = WORTH_SEEING,
    p: float | None = None,
    rows: int = 1,
) -> Verdict:
    """The verdict on one metric; `unit` chooses the words (tok/s: faster, ms: shorter, else: more).

    `p`: that of the change, corrected for all `rows` judged together; None: its interval decides alone.
    """
    if change is None:
        return Verdict(kind="none", text="not measured on both sides")
    if change.interval is None or change.pairs < MIN_PAIRS:
        text = f"undecided: {_count(change)} too few to tell a difference from noise"
        return Verdict(kind="undecided", text=text, change=change)
    alone = change.is_significant
    if alone and (p is None or p <= 1 - LEVEL):
        return Verdict(kind=_kind(change.estimate, better), text=_significant(change, unit), change=change)
    if alone:
        text = f"undecided: {_significant(change, unit)} alone, but it would be chance among {rows} rows"
        return Verdict(kind="undecided", text=text, change=change)
    low, high = change.interval
    unseen = max(-low, high)
    if change.absolute:
        span = f"({forms.difference(low)} to {forms.difference(high)} {unit})"
        text = f"undecided: {_count(change)} too few to see less than {forms.figure(unseen)} {unit} {span}"
        return Verdict(kind="undecided", text=text, change=change)
    span = f"({forms.points(low, sign=True)} to {forms.points(high, sign=True)} %)"
    if (high - low) / 2 <= worth_seeing:
        return Verdict(kind="same", text=f"no significant difference {span}", change=change)
    what = f"to see less than {forms.points(unseen)} %" if unseen < HOPELESS else "on a machine this noisy"
    return Verdict(kind="undecided", text=f"undecided: {_count(change)} too few {what} {span}", change=change)


def _count(change: Change) -> str:
    return f"{change.pairs} {change.of} are" if change.pairs != 1 else f"1 {change.of.removesuffix('s')} is"


def _kind(estimate: float, better: Better | None) -> VerdictKind:
    if better is None:
        return "different"
    return "better" if (estimate > 0) == (better == "higher") else "worse"


def _significant(change: Change, unit: str) -> str:
    more, less = _WORDS["speed" if unit.endswith("/s") else "time" if unit in ("ms", "s") else "amount"]
    assert change.interval is not None
    word = more if change.estimate > 0 else less
    ends = change.interval if change.estimate > 0 else (-change.interval[1], -change.interval[0])
    if change.absolute:
        size, low, high = map(forms.figure, (abs(change.estimate), *ends))
        return f"{size} {unit} {word} ({low} to {high})"
    size, low, high = map(forms.points, (abs(change.estimate), *ends))
    return f"{size} % {word} ({low} to {high})"
