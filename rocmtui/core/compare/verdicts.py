"""Two sides against each other: a verdict for every row, that hold together."""

from __future__ import annotations

import msgspec

from rocmtui.core.compare.conditions import Mismatch, differences, mismatches
from rocmtui.core.compare.sides import ANSWERS, Quantity, Side
from rocmtui.core.compare.spread import Spread, spreads
from rocmtui.core.stats.change import (
    Change,
    more_often,
    percentile_change,
    summary_change,
    unpaired_change,
)
from rocmtui.core.stats.verdict import Better, Verdict, judge_all
from rocmtui.core.text import forms

FLOOR_MS = 1.0
"""Latencies closer than this are alike: nobody waits that little."""
FEWEST_RUNS = 3
"""A side, on average: below, their spread is not known well enough to judge by."""
TOLERATED_ERRORS = 0.01
"""From no errors to a greater share than this is worse, whatever chance says."""
SURE = 0.025
"""One-sided: half of the 5 % that may be wrong."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of both sides."""

    key: str
    title: str
    unit: str
    better: Better | None
    a: float | None
    b: float | None
    verdict: Verdict


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """B against A."""

    a: str
    b: str
    rows: tuple[Row, ...]
    mismatches: tuple[Mismatch, ...] = ()
    differences: tuple[str, ...] = ()
    """Settings that differ, presumably on purpose."""
    warnings: tuple[str, ...] = ()
    spreads: tuple[Spread, ...] = ()
    """How the times and speeds of single requests were spread, where both sides know them."""
    within_runs: bool = False
    """Whether only the noise within a run is known, so that nothing is said of the servers."""

    @property
    def warnings_by_letter(self) -> tuple[str, ...]:
        """The warnings; a side's own begins with its letter instead of its name."""
        return tuple(self._by_letter(warning) for warning in self.warnings)

    def _by_letter(self, warning: str) -> str:
        for letter, name in (("A", self.a), ("B", self.b)):
            if warning.startswith(f"{name}: "):
                return letter + warning[len(name) :]
        return warning

    def regressions(self, beyond: float) -> tuple[Row, ...]:
        """Rows that are worse by more than `beyond` (0.05 is 5 %), the whole interval past it or not.

        What was lost, failed or has no ratio counts whatever `beyond` is.
        """
        return tuple(row for row in self.rows if row.verdict.is_regression and _loss(row) > beyond)


def compare(a: Side, b: Side, *, floor_ms: float = FLOOR_MS, single: bool = False) -> Comparison:
    """Verdict per metric; those of runs are of one family (Holm), 5 % for one false one among them.

    With fewer than three runs a side only what is certain (lost metrics, failed requests) is judged; with
    `single` the noise within the runs is taken for all there is.
    """
    bare = "report" in (a.kind, b.kind)
    keys = [
        key
        for key in dict.fromkeys((*a.quantities, *b.quantities))
        if bare or not a.quantities.get(key, b.quantities.get(key, _NONE)).fallback
    ]
    pairs = {key: (a.quantities.get(key, _NONE), b.quantities.get(key, _NONE)) for key in keys}
    certain = {key: _certain(*pair, floor_ms) for key, pair in pairs.items()}
    if ANSWERS in certain:
        certain[ANSWERS] = _answers(a.conditions.nonsense, b.conditions.nonsense)
    changes = {key: None if certain[key] else _change(*pair, floor_ms) for key, pair in pairs.items()}
    within = not enough_runs(a, b)
    judged = judge_all([(changes[key], one.unit, one.better) for key, (one, _) in pairs.items()])
    verdicts = {
        key: certain[key] or (_of_these_runs(verdict) if within and not single else verdict)
        if certain[key] or changes[key]
        else _readings(*pairs[key])
        for key, verdict in zip(keys, judged, strict=True)
    }
    if a.conditions.nonsense or b.conditions.nonsense:
        verdicts = {key: _of_nonsense(key, verdict) for key, verdict in verdicts.items()}
    return Comparison(
        a=a.label,
        b=b.label,
        rows=tuple(_row(key, *pairs[key], verdicts[key]) for key in keys),
        mismatches=mismatches(a.conditions, b.conditions),
        differences=differences(a.conditions, b.conditions),
        warnings=(
            *(f"{side.label}: {warning}" for side in (a, b) for warning in side.warnings),
            *_about_method(a, b, within=within),
        ),
        spreads=spreads(a.quantities, b.quantities),
        within_runs=within,
    )


_NONE = Quantity(unit="")


def enough_runs(a: Side, b: Side) -> bool:
    """Whether the spread between runs is known; each round of a bench is a run of its own."""
    return a.kind == b.kind == "bench" or (a.runs + b.runs) // 2 >= FEWEST_RUNS


def _certain(a: Quantity, b: Quantity, floor_ms: float) -> Verdict | None:
    """What needs no statistics: a metric that came or went, errors, a difference nobody feels."""
    if a.value is None or b.value is None:
        return _lost_or_new(a, b)
    if a.share is not None and b.share is not None:
        return _errors(a.share, b.share)
    if a.unit.endswith("/s") and a.value > 0 and b.value <= 0:
        return Verdict(kind="worse", text="stopped: nothing came any more")
    if a.unit == "ms" and abs(b.value - a.value) < floor_ms:
        text = f"no difference that matters: {forms.difference(b.value - a.value)} ms, under {floor_ms:g} ms"
        return Verdict(kind="same", text=text)
    return None


def _lost_or_new(a: Quantity, b: Quantity) -> Verdict:
    if a.value is not None:
        return Verdict(kind="worse" if a.better and not a.depends else "none", text="lost: B has none")
    text = "not measured on both sides" if b.value is None else "new: A has none"
    return Verdict(kind="none", text=text)


def _answers(a: bool, b: bool) -> Verdict:
    """A text more or less is a near tie that fell otherwise; only nonsense is told apart."""
    if a == b:
        return Verdict(kind="none" if a else "same", text="both answer nonsense" if a else "both make sense")
    return Verdict(kind="worse" if b else "better", text=f"{'B' if b else 'A'} answers nonsense")


def _of_nonsense(key: str, verdict: Verdict) -> Verdict:
    """No speed of a server that answers nonsense is better or worse than another's."""
    if key == ANSWERS or verdict.kind == "none":
        return verdict
    return Verdict(kind="none", text="no verdict: one side answers nonsense")


def _readings(a: Quantity, b: Quantity) -> Verdict:
    text = f"{forms.difference((b.value or 0.0) - (a.value or 0.0))} {a.unit}, one reading each"
    return Verdict(kind="none", text=text)


def _errors(a: tuple[int, int], b: tuple[int, int]) -> Verdict:
    (failed_a, of_a), (failed_b, of_b) = a, b
    text = f"{failed_b} of {of_b} failed against {failed_a} of {of_a}"
    new = failed_a == 0 and failed_b > TOLERATED_ERRORS * of_b
    if new or (failed_b and more_often(failed_a, of_a, failed_b, of_b) <= SURE):
        return Verdict(kind="worse", text=f"more errors: {text}")
    if failed_a and more_often(failed_b, of_b, failed_a, of_a) <= SURE:
        return Verdict(kind="better", text=f"fewer errors: {text}")
    return Verdict(kind="undecided" if failed_a or failed_b else "same", text=text)


def _change(a: Quantity, b: Quantity, floor_ms: float) -> Change | None:
    """The best-founded change the two allow: rounds or runs, else requests, else stretches, else summaries.

    Rounds of two benches were not run side by side, so they are not paired.
    """
    one, other = ([v for v in side.rounds or (side.value,) if v is not None] for side in (a, b))
    absolute = min(*one, *other) <= (floor_ms if a.unit == "ms" else 0.0)
    if a.rounds or b.rounds:
        noise = 0.0 if absolute else max(a.noise, b.noise)
        of = a.rounds_of if a.rounds else b.rounds_of
        change = unpaired_change(one, other, of=of, noise=noise, absolute=absolute)
        return change and msgspec.structs.replace(change, pairs=(len(one) + len(other)) // 2)
    if a.sample and b.sample:
        return percentile_change(a.sample, b.sample, absolute=absolute)
    if a.blocks and b.blocks:
        return unpaired_change(a.blocks, b.blocks, of="stretches")
    return summary_change(a.summary, b.summary) if a.summary and b.summary else None


def _of_these_runs(verdict: Verdict) -> Verdict:
    if verdict.kind not in ("better", "worse"):
        return verdict
    return msgspec.structs.replace(verdict, kind="different", text=f"{verdict.text} between these two runs")


def _row(key: str, a: Quantity, b: Quantity, verdict: Verdict) -> Row:
    known = b if a is _NONE else a
    title = known.title or key
    return Row(
        key=key, title=title, unit=known.unit, better=known.better, a=a.value, b=b.value, verdict=verdict
    )


def _loss(row: Row) -> float:
    change = row.verdict.change
    if change is None or change.absolute:
        return float("inf")
    return change.estimate if row.better == "lower" else -change.estimate


def _about_method(a: Side, b: Side, *, within: bool) -> list[str]:
    if within:
        return [
            "fewer than three runs a side: the intervals cover the noise within each run, not that from one "
            "start to the next; nothing here says that one server is better than the other"
        ]
    if a.kind == b.kind == "bench":
        return ["two benches run at different times: a change of the machine between them counts as a change"]
    return []
