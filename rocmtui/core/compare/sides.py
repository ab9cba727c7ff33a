"""A side of a comparison: its quantities, from one run, report or bench, or from several runs."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Literal

import msgspec

from rocmtui.core.compare.conditions import Conditions, mismatches
from rocmtui.core.stats.change import Sample
from rocmtui.core.stats.quantiles import median
from rocmtui.core.stats.verdict import Better

ANSWERS = "answers_wrong"
"""The quantity of what was asked before the load."""


class Quantity(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one side, as much of it as is known."""

    unit: str
    better: Better | None = None
    value: float | None = None
    """The figure to show; what is compared is of the same statistic."""
    rounds: tuple[float | None, ...] = ()
    """One value a round of a bench, or a run of several."""
    rounds_of: str = "rounds"
    blocks: tuple[float, ...] = ()
    """Values of consecutive stretches of one run."""
    sample: Sample | None = None
    """Of a percentile of one run: its requests."""
    summary: tuple[float, float, int] | None = None
    """Mean, standard deviation and count of single requests."""
    noise: float = 0.0
    """Standard deviation of the logarithm of the value of one run, from within it; 0: not known."""
    share: tuple[int, int] | None = None
    """Of a rate: so many of so many."""
    title: str = ""
    depends: bool = False
    """Whether it depends on the kind of server that it is told at all."""
    fallback: bool = False
    """Of use only against a bare report, which holds no single requests."""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """A run, a report, a bench, or several of a kind, ready to be compared."""

    label: str
    kind: Literal["run", "report", "bench"]
    runs: int = 1
    """How many runs or reports it is made of."""
    conditions: Conditions = Conditions()
    quantities: dict[str, Quantity] = msgspec.field(default_factory=dict)
    """By key; keys of two sides that are equal are compared."""
    warnings: tuple[str, ...] = ()
    """The side's own audit."""


def merged(label: str, sides: Sequence[Side]) -> Side:
    """Several runs (or reports, or benches) of one thing as one side; each gives one value a quantity."""
    if len(sides) == 1:
        return msgspec.structs.replace(sides[0], label=label)
    keys = dict.fromkeys(key for side in sides for key in side.quantities)
    found = {key: [side.quantities[key] for side in sides if key in side.quantities] for key in keys}
    first = sides[0]
    unlike = [m.text for side in sides[1:] for m in mismatches(first.conditions, side.conditions)]
    return Side(
        label=label,
        kind="report" if any(side.kind == "report" for side in sides) else first.kind,
        runs=len(sides),
        conditions=first.conditions,
        quantities={key: _merged(several) for key, several in found.items()},
        warnings=(
            *(f"its own runs are unlike: {text}" for text in dict.fromkeys(unlike)),
            *dict.fromkeys(warning for side in sides for warning in side.warnings),
        ),
    )


def _merged(several: Sequence[Quantity]) -> Quantity:
    values = [quantity.value for quantity in several if quantity.value is not None]
    shares = [quantity.share for quantity in several if quantity.share is not None]
    return msgspec.structs.replace(
        several[0],
        value=median(values) if values else None,
        rounds=tuple(values),
        rounds_of="runs",
        blocks=(),
        sample=None,
        summary=None,
        noise=fmean(quantity.noise for quantity in several),
        share=(sum(k for k, _ in shares), sum(n for _, n in shares)) if shares else None,
    )
