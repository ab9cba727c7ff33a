"""Several cards: an aligned row each; and the processes that hold memory, by name."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.gpu.reading import GpuReading, GpuSample, MemoryUser
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dashboard.gpu.card import draw_bar, draw_chosen, memory_now, owners_of
from rocmtui.tui.draw.lines import Line, Span, cut, ends

LEAST_BAR = 5
COLUMNS = (("", 13, 0), ("W", 9, 0), ("hot", 5, 35), ("spill", 6, 52), ("MHz", 7, 67), ("busy", 6, 75))
"""Name, cells, and the least width that shows it; the first is the memory in words."""
NAME_CELLS, LEAST_WITH_NAMES = 13, 58
_FAMILIES = ("AMD ", "Radeon ", "Instinct ")
"""Words before a card's name that every other card has too."""


def draw_table(sample: GpuSample, view: SessionView, width: int) -> list[Line]:
    """A head and a row for each card; below it the partitions that the server was given of one."""
    shown = [(name, cells) for name, cells, least in COLUMNS if width >= least]
    names = NAME_CELLS if width >= LEAST_WITH_NAMES else 0
    bar = max(width - 3 - names - sum(cells for _, cells in shown), LEAST_BAR)
    head = f"{'#':<3}{'card' if names else '':<{names}}{'memory':<{bar}}"
    head += "".join(f"{name:>{cells}}" for name, cells in shown)
    lines: list[Line] = [[Span(head, "muted")]]
    for gpu in sample.gpus:
        lines.append(_row(gpu, view, names, bar, len(shown)))
        if chosen := draw_chosen(gpu, width - 3):
            lines.append([Span("   "), *chosen])
    return lines


def _row(gpu: GpuReading, view: SessionView, names: int, bar: int, columns: int) -> Line:
    used, total = memory_now(gpu)
    tag = f"{gpu.pool}_used_bytes"
    cap = f"/{text.watts(gpu.power_cap_watts)}" if gpu.power_cap_watts else ""
    spill = gpu.spill_bytes
    sign = "⚠" if spill else ""
    cells = (
        Span(f"{sign}{text.gib(used)}/{text.gib(total)}", "warning" if spill else "figure", tag),
        Span(f"{text.watts(gpu.power_watts)}{cap}", "text", "power_watts"),
        Span(text.celsius(gpu.junction_c if gpu.junction_c is not None else gpu.edge_c), "text", "hot_c"),
        Span(f"⚠{text.gib(spill)}" if spill else text.DASH, "warning" if spill else "muted", "spill"),
        Span(text.mhz(gpu.sclk_hz), "text", "sclk_hz"),
        Span(text.percent(gpu.busy_percent), "muted", "busy_percent"),
    )
    written = zip(cells, COLUMNS, strict=True)
    figures = [span._replace(text=f"{span.text:>{width}}") for span, (_, width, _) in written][:columns]
    name = f"{cut(_short_name(gpu), names - 1):<{names}}" if names else ""
    asleep = gpu.runtime_status == "suspended"
    memory = [Span(f"{'asleep':<{bar}}", "muted")] if asleep else draw_bar(owners_of(gpu, view), bar, tag)
    return [Span(f"{gpu.index:<3}", "accent"), Span(name, "title"), *memory, *figures]


def _short_name(gpu: GpuReading) -> str:
    name = clean_line(gpu.name, 40)
    for family in _FAMILIES:
        name = name.removeprefix(family)
    return name


def draw_users(users: Sequence[MemoryUser], width: int) -> list[Line]:
    """Who holds the cards' memory, most first."""
    known = sorted(users, key=lambda user: -(user.vram_bytes or 0))
    if not known:
        return []
    lines = [ends([Span(f"{'pid':>7}  who", "muted")], [Span("VRAM    GTT", "muted")], width)]
    for user in known:
        who = Span(clean_line(user.name, 30), "title" if user.is_server else "text")
        sizes = Span(f"{text.gib(user.vram_bytes):>6} {text.gib(user.gtt_bytes):>6}", "text")
        lines.append(ends([Span(f"{user.pid:>7}  ", "muted"), who], [sizes], width))
    return lines
