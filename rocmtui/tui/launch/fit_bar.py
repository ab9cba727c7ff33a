"""The VRAM-fit bar: what a server would take of a device, before it is started."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Literal, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from rocmtui.core.session.launch import MemoryFit, fit_verdict
from rocmtui.core.text import forms as fmt

Part = Literal["weights", "kv", "compute", "others", "free", "over"]

GLYPHS: dict[Part, str] = {"weights": "█", "kv": "▓", "compute": "▚", "others": "▒", "free": "░", "over": "╳"}
GIB = 1 << 30
TICK_CELLS = 8
"""Cells between two amounts of the scale, at least."""
_SPACED = re.compile(r" ?(×) ?|(?<=\d) ([KMGT])iB")
LEAST_NEEDED: tuple[Part, ...] = ("free", "compute", "others")
"""What the legend can do without, where there is no room for all."""
TITLES: dict[Part, str] = {"kv": "KV", "over": "too much"}
"""Parts that are called otherwise than their name."""


class Run(NamedTuple):
    """Neighbouring cells of one part; `kv` comes as one run a slot while slots are wide enough to see."""

    part: Part
    cells: int


def layout(fit: MemoryFit, width: int) -> list[Run]:
    """The bar in whole cells, left to right; what does not fit is `over`, and the scale shrinks to hold it.

    Slots come last before the free room, so the cells over the end are the slots that do not fit.
    Cells go by cumulative rounding: parts never drift and the sum is always `width`.
    """
    usable = fit.total_bytes - fit.margin_bytes
    scale = max(fit.total_bytes, fit.needed_bytes + fit.other_bytes, 1)
    capacity = round(usable / scale * width)
    runs: list[Run] = []
    start_bytes = start = 0
    for part, size in _parts(fit, width, scale):
        start_bytes += size
        end = round(start_bytes / scale * width)
        if end > start:
            runs.extend(_split(part, start, end, capacity))
            start = end
    if start < width:
        runs.append(Run("free", width - start))
    return runs


def _parts(fit: MemoryFit, width: int, scale: int) -> Iterator[tuple[Part, int]]:
    yield "weights", fit.weights_bytes
    yield "compute", fit.compute_bytes
    yield "others", fit.other_bytes
    if fit.kv_per_slot_bytes / scale * width >= 2:
        for _ in range(fit.slots):
            yield "kv", fit.kv_per_slot_bytes
    else:
        yield "kv", fit.kv_per_slot_bytes * fit.slots


def _split(part: Part, start: int, end: int, capacity: int) -> list[Run]:
    """A run, cut where the device ends."""
    inside = max(0, min(end, capacity) - start)
    runs = [Run(part, inside), Run("over", end - start - inside)]
    return [run for run in runs if run.cells]


def scale(fit: MemoryFit, width: int) -> str:
    """Round amounts of memory where the bar has them, and the device's end."""
    top_gib = max(fit.total_bytes, fit.needed_bytes + fit.other_bytes, 1) / GIB
    step = 0.25
    while top_gib / step * TICK_CELLS > width:
        step *= 2
    end = min(round(fit.total_bytes / GIB / top_gib * width), width)
    whole = f"{fmt.size(fit.total_bytes)}╎"
    line = [" "] * width
    for at in range(int(top_gib / step) + 1):
        mark, start = f"{at * step:g}", round(at * step / top_gib * width)
        if start + len(mark) < end - len(whole) - 1 or end < start <= width - len(mark):
            line[start : start + len(mark)] = mark
    line[max(end - len(whole), 0) : end] = whole
    return "".join(line)[:width]


def drawn(run: Run) -> str:
    """A run without colours: a slot ends in a line."""
    cells = GLYPHS[run.part] * run.cells
    return f"{cells[:-1]}┃" if run.part == "kv" and run.cells > 1 else cells


def legend(fit: MemoryFit) -> list[tuple[Part, str]]:
    """Each part with its size in words, in the bar's order."""
    rows: list[tuple[Part, str]] = [("weights", fmt.size(fit.weights_bytes))]
    rows.append(("compute", fmt.size(fit.compute_bytes)))
    if fit.other_bytes:
        rows.append(("others", fmt.size(fit.other_bytes)))
    rows.append(("kv", f"{fit.slots} × {fmt.size(fit.kv_per_slot_bytes)}"))
    kept = f", {fmt.size(fit.margin_bytes)} of it kept" if fit.margin_bytes else ""
    rows.append(("free", fmt.size(fit.free_bytes) + kept) if fit.fits else ("over", fmt.size(fit.lack_bytes)))
    return rows


def _close(found: re.Match[str]) -> str:
    """`4 × 90 MiB` as `4×90M`."""
    return found[1] or found[2]


class FitBar(Widget):
    """The bar and a legend with sizes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"fit--{part}" for part in GLYPHS} | {"fit--quiet"}
    DEFAULT_CSS = """
    FitBar { height: 1fr; }
    FitBar > .fit--weights { color: $decode; }
    FitBar > .fit--kv { color: $prefill; }
    FitBar > .fit--compute { color: $overhead; }
    FitBar > .fit--others { color: $muted; }
    FitBar > .fit--free { color: $muted; }
    FitBar > .fit--over { color: $error; }
    FitBar > .fit--quiet { color: $muted; }
    """
    fit: reactive[MemoryFit | None] = reactive(None, layout=False)
    waiting: reactive[str] = reactive("choose a model")
    """Said while there is nothing to draw."""

    def words(self) -> str:
        """The fit in words."""
        return fit_verdict(self.fit) if self.fit else self.waiting

    def render_line(self, y: int) -> Strip:
        """The bar, below it its scale where there is a third line, and the legend."""
        width = self.size.width
        if self.fit is None:
            strip = Strip([Segment("·" * width if not y else "", self._style("free"))])
        elif 0 < y < self.size.height - 1:
            strip = Strip([Segment(scale(self.fit, width), self._style("quiet"))])
        elif not y:
            runs = layout(self.fit, width)
            strip = Strip([Segment(drawn(run), self._style(run.part)) for run in runs])
        else:
            strip = Strip(list(self._legend_segments(self.fit)))
        return strip.adjust_cell_length(width, self.rich_style)

    def _legend_segments(self, fit: MemoryFit) -> Iterator[Segment]:
        """Where there is no room what is kept free goes unsaid, then units shrink, then parts go unnamed."""
        rows = [(part, TITLES.get(part, part), words) for part, words in legend(fit)]
        named = [f" {title} {words}  " for _, title, words in rows]
        room = self.size.width + 2 - len(rows)
        if sum(map(len, named)) > room:
            named = [f" {title} {words.partition(', ')[0]}  " for _, title, words in rows]
        if sum(map(len, named)) > room:
            named = [f" {_SPACED.sub(_close, words.strip())} " for words in named]
        for spared in LEAST_NEEDED:
            if sum(map(len, named)) + len(rows) - 1 > self.size.width:
                kept = [at for at, row in enumerate(rows) if row[0] != spared]
                rows, named = [rows[at] for at in kept], [named[at] for at in kept]
        for (part, *_), words in zip(rows, named, strict=True):
            yield Segment(GLYPHS[part], self._style(part))
            yield Segment(words, self.rich_style)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"fit--{name}")
