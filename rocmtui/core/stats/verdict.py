"""A change put into words: faster, slower, no significant difference, undecided. Never a bare ratio."""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.stats.change import Change

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


def judge(
    change: Change | None, *, unit: str, better: Better | None, worth_seeing: float = WORTH_SEEING
) -> Verdict:
    """The verdict on one metric; `unit` chooses the words (tok/s: faster, ms: shorter, else: more)."""
    if change is None:
        return Verdict(kind="none", text="not measured on both sides")
    if change.interval is None or change.pairs < MIN_PAIRS:
        text = f"undecided: {_count(change)} too few to tell a difference from noise"
        return Verdict(kind="undecided", text=text, change=change)
    low, high = change.interval
    if change.is_significant:
        kind = _kind(change.estimate, better)
        return Verdict(kind=kind, text=_significant(change.estimate, low, high, unit), change=change)
    span = f"({percent(low, sign=True)} to {percent(high, sign=True)} %)"
    if (high - low) / 2 <= worth_seeing:
        return Verdict(kind="same", text=f"no significant difference {span}", change=change)
    unseen = max(-low, high)
    what = f"to see less than {percent(unseen)} %" if unseen < HOPELESS else "on a machine this noisy"
    return Verdict(kind="undecided", text=f"undecided: {_count(change)} too few {what} {span}", change=change)


def percent(fraction: float, *, sign: bool = False) -> str:
    """`4.1`, `+4.1` or `-1.2`; whole numbers from 100 % on."""
    value = fraction * 100
    digits = 0 if abs(value) >= 99.95 else 1
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    return text if float(text) else text.lstrip("+-")


def _count(change: Change) -> str:
    return f"{change.pairs} {change.of} are" if change.pairs != 1 else f"1 {change.of.removesuffix('s')} is"


def _kind(estimate: float, better: Better | None) -> VerdictKind:
    if better is None:
        return "different"
    return "better" if (estimate > 0) == (better == "higher") else "worse"


def _significant(estimate: float, low: float, high: float, unit: str) -> str:
    more, less = _WORDS["speed" if unit.endswith("/s") else "time" if unit in ("ms", "s") else "amount"]
    if estimate > 0:
        return f"{percent(estimate)} % {more} ({percent(low)} to {percent(high)})"
    return f"{percent(-estimate)} % {less} ({percent(-high)} to {percent(-low)})"
