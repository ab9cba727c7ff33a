"""The tables of what depth costs, by the renderer they are given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rocmtui.core.bench.depth import DepthSlope
from rocmtui.core.text import forms
from rocmtui.core.text.tables import Cell, Column, Renderer, Table

_MIB = 1 << 20
_HEAD = (Column("slots", right=True), Column("test"), Column("variant", least=8))
_SPEED = "tps"
_TITLES = {
    _SPEED: "",
    "kv_bytes": "cache read in a step, MiB\n",
    "vram_bytes": "memory of the cards at its peak, MiB\n",
}
"""Field of a slope, with a value at each depth, to what stands above its table."""


def depth_tables(slopes: Sequence[DepthSlope], table: Renderer) -> str:
    """Speeds by depth with their slope, then the memory by depth where it is known; empty without any."""
    depths = sorted({depth for slope in slopes for depth in slope.depths})
    told = {field: [slope for slope in slopes if _is_told(slope, field)] for field in _TITLES}
    shown = (_TITLES[field] + table(_table(rows, depths, field)) for field, rows in told.items() if rows)
    return "\n\n".join(shown)


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


def _is_told(slope: DepthSlope, field: str) -> bool:
    return field == _SPEED or any(value is not None for value in getattr(slope, field))


def _table(slopes: Sequence[DepthSlope], depths: Sequence[int], field: str) -> Table:
    beside = {"by 1k tokens": slope_text, "as fast as the first at": cross_text} if field == _SPEED else {}
    further = {title: text for title, text in beside.items() if any(map(text, slopes))}
    head = [*_HEAD, *(Column(f"d{depth}", right=True) for depth in depths)]
    head += [Column(title, right=True) for title in further]

    def row(slope: DepthSlope) -> Iterator[Cell]:
        yield from (str(slope.parallel), slope.test, slope.variant)
        here = dict(zip(slope.depths, getattr(slope, field), strict=True))
        scale = 1 if field == _SPEED else _MIB
        known = (here.get(depth) for depth in depths)
        yield from (forms.figure(None if value is None else value / scale) for value in known)
        yield from (text(slope) for text in further.values())

    return Table(head, [list(row(slope)) for slope in slopes])
