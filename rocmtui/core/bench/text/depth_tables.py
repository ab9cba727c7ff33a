"""The tables of what depth costs, by the renderer they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rocmtui.core.bench.depth import DepthSlope
from rocmtui.core.text import forms
from rocmtui.core.text.tables import Cell, Column, Renderer, Table

_MIB = 1 << 20
_HEAD = (Column("slots", right=True), Column("test"), Column("variant", least=8))


Values = Callable[[DepthSlope], Sequence[float | None]]
_MEMORY: tuple[tuple[str, Values], ...] = (
    ("cache read in a step, MiB", lambda slope: slope.kv_bytes),
    ("memory of the cards at its peak, MiB", lambda slope: slope.vram_bytes),
)


def depth_tables(slopes: Sequence[DepthSlope], table: Renderer) -> str:
    """Speeds by depth with their slope, then the memory by depth where it is known; empty without any."""
    if not slopes:
        return ""
    depths = sorted({depth for slope in slopes for depth in slope.depths})
    first = _table(
        slopes,
        depths,
        lambda slope: slope.tps,
        forms.figure,
        table,
        (("by 1k tokens", slope_text), ("as fast as the first at", cross_text)),
    )
    memory = [
        f"{title}\n{_table(known, depths, values, _mib, table)}"
        for title, values in _MEMORY
        if (known := [slope for slope in slopes if any(v is not None for v in values(slope))])
    ]
    return "\n\n".join((first, *memory))


def slope_text(slope: DepthSlope) -> str:
    """`-1.9 % (-2.1 to -1.7)`."""
    if slope.per_1k is None:
        return forms.DASH
    ends = slope.interval
    between = f" ({forms.points(ends[0], sign=True)} to {forms.points(ends[1], sign=True)})" if ends else ""
    return f"{forms.change(slope.per_1k)}{between}"


def cross_text(slope: DepthSlope) -> str:
    """`9.1k (8.2k to 10.4k)`, `about 9.1k` where it might be anywhere; empty where they do not cross."""
    if slope.crosses is None:
        return ""
    at = forms.short_count(slope.crosses)
    low, high = map(forms.short_count, slope.crosses_interval or (None, None))
    return f"{at} ({low} to {high})" if slope.crosses_interval else f"about {at}"


def _table(
    slopes: Sequence[DepthSlope],
    depths: Sequence[int],
    values: Values,
    shown: Callable[[float | None], str],
    table: Renderer,
    further: Sequence[tuple[str, Callable[[DepthSlope], str]]] = (),
) -> str:
    used = [(title, text) for title, text in further if any(text(slope) for slope in slopes)]
    head = [*_HEAD, *(Column(f"d{depth}", right=True) for depth in depths)]
    head += [Column(title, right=True) for title, _ in used]

    def row(slope: DepthSlope) -> Iterator[Cell]:
        yield from (str(slope.parallel), slope.test, slope.variant)
        here = dict(zip(slope.depths, values(slope), strict=True))
        yield from (shown(here.get(depth)) for depth in depths)
        yield from (text(slope) for _, text in used)

    return table(Table(head, [list(row(slope)) for slope in slopes]))


def _mib(value: float | None) -> str:
    return forms.figure(None if value is None else value / _MIB)
