"""Two measured sides against each other: what must be equal for it to mean anything, and the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from rocmtui.core.stats.change import Change, summary_change, unpaired_change
from rocmtui.core.stats.verdict import Better, Verdict, judge

CACHE_TOLERANCE = 0.02
"""Cache hit rates further apart than this are not the same test."""
WINDOW_FACTOR = 2.0
"""Measured windows may differ by this factor, in seconds or in requests."""


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """Under what a side was measured. None: not recorded, which neither agrees nor disagrees."""

    machine: str | None = None
    """CPU and GPUs; not the kernel or driver, which may be what is compared."""
    models: Mapping[str, str | None] = msgspec.field(default_factory=dict)
    """Name and hash (None: not known) of each model."""
    prompts: str | None = None
    """The prompt plan and lengths, spelled out."""
    cached_fraction: float | None = None
    """Share of prompt tokens that came from the server's cache."""
    measured_seconds: float | None = None
    """The window of a run bounded by time; None where a number of requests bounds it."""
    measured_requests: int | None = None
    """The window of a run bounded by requests."""
    settings: Mapping[str, str] = msgspec.field(default_factory=dict)
    """What may differ on purpose: build, flags, slots, driver ..."""


class Quantity(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one side, as much of it as is known."""

    unit: str
    better: Better | None = None
    value: float | None = None
    """The figure to show."""
    rounds: tuple[float | None, ...] = ()
    """One value a round."""
    blocks: tuple[float, ...] = ()
    """Values of consecutive stretches of one run."""
    blocks_of: str = "stretches"
    summary: tuple[float, float, int] | None = None
    """Mean, standard deviation and count of single requests."""
    title: str = ""
    fallback: bool = False
    """Of use only against a bare report, which holds no single requests."""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """A run, a report or a bench, ready to be compared."""

    label: str
    kind: Literal["run", "report", "bench"]
    conditions: Conditions = Conditions()
    quantities: dict[str, Quantity] = msgspec.field(default_factory=dict)
    """By key; keys of two sides that are equal are compared."""
    warnings: tuple[str, ...] = ()
    """The side's own audit."""


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that differs, so that the comparison would mislead."""

    what: str
    a: str
    b: str

    @property
    def text(self) -> str:
        """One line."""
        verb = "differ" if self.what.endswith("s") else "differs"
        return f"{self.what} {verb}: {self.a} against {self.b}"


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

    def regressions(self, beyond: float) -> tuple[Row, ...]:
        """Rows that are worse by more than `beyond` (0.05 is 5 %), the whole interval past it or not."""
        return tuple(row for row in self.rows if row.verdict.is_regression and _loss(row) > beyond)


def mismatches(a: Conditions, b: Conditions) -> tuple[Mismatch, ...]:
    """What must agree and does not: machine, model, prompts, cache hit rate, measured window."""
    found = (
        _unequal("machine", a.machine, b.machine),
        *_models(a.models, b.models),
        _unequal("prompts", a.prompts, b.prompts),
        _cache(a.cached_fraction, b.cached_fraction),
        _window(a.measured_seconds, b.measured_seconds, "s"),
        _window(a.measured_requests, b.measured_requests, "requests"),
    )
    return tuple(mismatch for mismatch in found if mismatch is not None)


def compare(a: Side, b: Side) -> Comparison:
    """Verdict per metric both sides have."""
    bare = "report" in (a.kind, b.kind)
    rows = [
        _row(key, a.quantities[key], b.quantities[key])
        for key in a.quantities
        if key in b.quantities and (bare or not a.quantities[key].fallback)
    ]
    return Comparison(
        a=a.label,
        b=b.label,
        rows=tuple(rows),
        mismatches=mismatches(a.conditions, b.conditions),
        differences=_differences(a.conditions.settings, b.conditions.settings),
        warnings=(*_warnings(a), *_warnings(b), *_about_method(a, b)),
    )


def change_of(a: Quantity, b: Quantity) -> Change | None:
    """The best-founded change the two allow: rounds, else stretches, else summaries, else none.

    Rounds of two benches were not run side by side, so they are not paired.
    """
    if a.rounds and b.rounds:
        return unpaired_change([x for x in a.rounds if x], [y for y in b.rounds if y], of="rounds")
    if a.blocks and b.blocks:
        return unpaired_change(a.blocks, b.blocks, of=a.blocks_of)
    if a.summary and b.summary:
        return summary_change(a.summary, b.summary)
    return None


def _row(key: str, a: Quantity, b: Quantity) -> Row:
    change = change_of(a, b)
    verdict = judge(change, unit=a.unit, better=a.better)
    if change is None and a.value is not None and b.value is not None:
        verdict = Verdict(kind="none", text=f"{b.value - a.value:+.4g} {a.unit}, one reading each")
    return Row(
        key=key, title=a.title or key, unit=a.unit, better=a.better, a=a.value, b=b.value, verdict=verdict
    )


def _loss(row: Row) -> float:
    change = row.verdict.change
    if change is None:
        return 0.0
    return change.estimate if row.better == "lower" else -change.estimate


def _cache(a: float | None, b: float | None) -> Mismatch | None:
    if a is None or b is None or abs(a - b) <= CACHE_TOLERANCE:
        return None
    return Mismatch(what="cache hit rate", a=f"{a * 100:.0f} %", b=f"{b * 100:.0f} %")


def _window(a: float | None, b: float | None, unit: str) -> Mismatch | None:
    if not a or not b or max(a, b) / min(a, b) <= WINDOW_FACTOR:
        return None
    return Mismatch(what="measured window", a=f"{a:.4g} {unit}", b=f"{b:.4g} {unit}")


def _models(a: Mapping[str, str | None], b: Mapping[str, str | None]) -> Iterator[Mismatch]:
    """Models of one name must have one hash; a single model on both sides may have two names for it."""
    if len(a) == len(b) == 1:
        (name_a, hash_a), (name_b, hash_b) = *a.items(), *b.items()
        if hash_a and hash_b:
            pairs = [(f"{name_a} {hash_a}", f"{name_b} {hash_b}")] if hash_a != hash_b else []
        else:
            pairs = [(name_a, name_b)] if name_a != name_b else []
    else:
        common = [name for name in a if name in b and a[name] and b[name]]
        pairs = [(f"{name} {a[name]}", f"{name} {b[name]}") for name in common if a[name] != b[name]]
    yield from (Mismatch(what="model", a=one, b=other) for one, other in pairs)


def _unequal(what: str, a: str | None, b: str | None) -> Mismatch | None:
    return Mismatch(what=what, a=a, b=b) if a is not None and b is not None and a != b else None


def _differences(a: Mapping[str, str], b: Mapping[str, str]) -> tuple[str, ...]:
    names = [*a, *(name for name in b if name not in a)]
    return tuple(
        f"{name}: {a.get(name, '–')} against {b.get(name, '–')}"
        for name in names
        if a.get(name) != b.get(name)
    )


def _warnings(side: Side) -> list[str]:
    return [f"{side.label}: {warning}" for warning in side.warnings]


def _about_method(a: Side, b: Side) -> list[str]:
    if a.kind == b.kind == "bench":
        return ["two benches run at different times: a change of the machine between them counts as a change"]
    return ["single runs: the intervals cover the noise within each run, not that from one start to the next"]
