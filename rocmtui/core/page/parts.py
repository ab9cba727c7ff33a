"""What a page consists of, before it is HTML. All text may come from anybody; it is escaped when written."""

from __future__ import annotations

from typing import Literal

import msgspec

Tone = Literal["", "good", "bad", "warning"]


class Series(msgspec.Struct, frozen=True):
    """One line or one kind of bar of a chart; None: nothing known there."""

    label: str
    values: tuple[float | None, ...]
    role: str = "a"
    """Which colour of the page: `a` to `e`, or `quiet`."""
    axis: Literal["left", "right"] = "left"
    band: tuple[tuple[float | None, float | None], ...] = ()
    """Low and high end around each value; empty: none is drawn."""


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A chart over one scale."""

    title: str
    x: tuple[float, ...]
    series: tuple[Series, ...]
    x_label: str
    y_label: str
    right_label: str = ""
    kind: Literal["lines", "stacked bars"] = "lines"
    note: str = ""
    """One sentence below it."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One of the large figures at the top."""

    title: str
    value: str
    unit: str = ""
    detail: str = ""
    tone: Tone = ""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell of a table; an interval is drawn as a bar between `low` and `high` (fractions of the scale)."""

    text: str
    tone: Tone = ""
    number: bool = False
    span: tuple[float, float, float] | None = None
    """Low end, middle and high end, as fractions; the bar's scale is the page's."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table with its heading."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """What one slot did: stretches of (start, end, kind), in seconds. Kinds: queue, prefill,
    decode or stall."""

    name: str
    stretches: tuple[tuple[float, float, str, str], ...]
    """Start, end, kind, and what is said of it when pointed at."""


class Moment(msgspec.Struct, frozen=True):
    """One moment of the run for its replay: seconds, and figures in the order of `Page.replay_head`."""

    at_s: float
    figures: tuple[str, ...]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One file."""

    title: str
    subtitle: str = ""
    answer: str = ""
    """The sentence everything else is the ground of."""
    figures: tuple[Figure, ...] = ()
    warnings: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    lanes: tuple[Lane, ...] = ()
    tables: tuple[Table, ...] = ()
    replay_head: tuple[str, ...] = ()
    replay: tuple[Moment, ...] = ()
    foot: str = ""


def thinned(count: int, most: int = 600) -> list[int]:
    """At most `most` of the numbers below `count`, evenly spread, the last one among them."""
    kept = list(range(0, count, max(1, -(-count // most))))
    return kept if not kept or kept[-1] == count - 1 else [*kept, count - 1]
