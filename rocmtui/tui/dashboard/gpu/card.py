"""One AMD card as lines: power against its cap, memory by owner, spill, temperatures, clocks, history."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from rocmtui.core.gpu.memory.owners import MemoryOwners, split_memory
from rocmtui.core.gpu.memory.room import chosen_words, memory_bytes, pool_used_bytes
from rocmtui.core.gpu.reading import GpuReading, GpuSample
from rocmtui.core.server.state import ServerState
from rocmtui.core.session.view import GpuPoint, SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.chart_bins import held, time_bins
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Span, choose, pair
from rocmtui.tui.draw.meters import legend, meter, spark, stack

LABEL = 6
SPARK_WINDOW_NS = 60_000_000_000
OWNERS: tuple[tuple[str, str, str, Callable[[MemoryOwners], int | None]], ...] = (
    ("█", "decode", "weights", lambda owners: owners.weights_bytes),
    ("▓", "prefill", "KV", lambda owners: owners.kv_bytes),
    ("▚", "queue", "compute", lambda owners: owners.compute_bytes),
    ("═", "decode@70", "server", lambda owners: owners.other_server_bytes),
    ("▒", "others", "others", lambda owners: owners.others_bytes),
    ("░", "border", "free", lambda owners: owners.free_bytes),
)
"""Glyph, role, name and bytes of each owner, in the order of the bar."""


def draw_card(gpu: GpuReading, view: SessionView, width: int, *, history: bool = True) -> list[Line]:
    """Everything calm known of one card; what is not known takes no line. `history`: the last minute too."""
    if gpu.runtime_status == "suspended":
        return [[Span("asleep; it is not woken for its figures", "muted")]]
    first, second = ("vram", "gtt") if gpu.pool == "vram" else ("gtt", "vram")
    owners = owners_of(gpu, view)
    lines = [
        _memory(first, gpu, owners, width),
        *_legend(owners, width),
        draw_chosen(gpu, width),
        _unseen(gpu, view, width),
        _spill(gpu, width),
        _throttle(gpu, width),
        _link(gpu, width),
        _power(gpu, width),
        _temperatures(gpu, width),
        _clocks(gpu, width),
        _memory(second, gpu, None, width) if not gpu.is_unified else [],
    ]
    if history:
        lines.append(_last_minute(gpu, view, width, first))
    return [line for line in lines if line]


def memory_now(gpu: GpuReading) -> tuple[int | None, int | None]:
    """Bytes in use and in all of the pool a server would use."""
    return _used(gpu.pool, gpu), _total(gpu.pool, gpu)


def owners_of(gpu: GpuReading, view: SessionView) -> MemoryOwners | None:
    """Who holds the card's memory, as far as anyone can tell."""
    sample = view.gpu or GpuSample(at_ns=0)
    return split_memory(gpu, sample.users, view.server.facts.memory, len(sample.gpus))


def _power(gpu: GpuReading, width: int) -> Line:
    watts, cap = gpu.power_watts, gpu.power_cap_watts
    label = f" {text.watts(watts)}{f'/{text.watts(cap)}' if cap else ''} W"
    share = (watts or 0.0) / cap if cap else 0.0
    return [
        Span(f"{'power':<{LABEL}}", "muted", "power_watts"),
        *meter(share, max(width - LABEL - len(label), 0), "accent", "power_watts"),
        Span(label, "figure", "power_watts"),
    ]


def _memory(pool: str, gpu: GpuReading, owners: MemoryOwners | None, width: int) -> Line:
    used, total = _used(pool, gpu), _total(pool, gpu)
    tag = f"{pool}_used_bytes"
    label = f" {text.gib(used)}/{text.gib(total)} GiB"
    bar = max(width - LABEL - len(label), 0)
    share = (used or 0) / total if total else 0.0
    drawn = meter(share, bar, "others", tag) if owners is None else draw_bar(owners, bar, tag)
    return [Span(f"{pool:<{LABEL}}", "muted", tag), *drawn, Span(label, "figure", tag)]


def draw_bar(owners: MemoryOwners | None, width: int, tag: str) -> Line:
    """A card's memory by owner."""
    if owners is None:
        return [Span("─" * width, "border", tag)]
    looks = [(glyph, role) for glyph, role, *_ in OWNERS]
    return stack(looks, [size(owners) or 0 for *_, size in OWNERS], width, tag)


def _legend(owners: MemoryOwners | None, width: int) -> list[Line]:
    """Every owner above zero with its glyph and size."""
    if owners is None:
        return []
    held = ((glyph, role, name, text.gib(of(owners))) for glyph, role, name, of in OWNERS if of(owners))
    return legend(held, width, LABEL)


def draw_chosen(gpu: GpuReading, width: int) -> Line:
    """Of a partitioned card the partitions that the server was given; the bars are the whole card's."""
    if not gpu.chosen_partitions:
        return []
    given = f"server:{chosen_words(gpu)} of {len(gpu.partition_bytes)}"
    words = f"▸ {given}, {text.size(memory_bytes(gpu))}"
    return [Span(text_fit(words, width), "accent", "partitions")]


def _unseen(gpu: GpuReading, view: SessionView, width: int) -> Line:
    """Managed memory is in no counter of the kernel's; while a model loads the log is ahead of it."""
    owners = owners_of(gpu, view)
    if owners is None or not owners.unseen_bytes or view.server.state is not ServerState.READY:
        return []
    words = f"{text.size(owners.unseen_bytes)} more by the server's log, which the kernel does not show"
    return [Span(text_fit(words, width), "muted", "unseen")]


def _spill(gpu: GpuReading, width: int) -> Line:
    if not gpu.spill_bytes:
        return []
    words = f"⚠ spill: {text.size(gpu.spill_bytes)} in system memory"
    return [Span(text_fit(words, width), "warning", "spill")]


def _temperatures(gpu: GpuReading, width: int) -> Line:
    each = (("hot", gpu.junction_c), ("mem", gpu.memory_c), ("edge", gpu.edge_c))
    figures = [(name, text.celsius(value), f"{name}_c", "text") for name, value in each if value is not None]
    if gpu.fan_rpm is not None:
        figures.append(("fan", f"{gpu.fan_rpm}", "fan_rpm", "text"))
    return _labelled("temp", figures, width)


def _clocks(gpu: GpuReading, width: int) -> Line:
    each = (("core", gpu.sclk_hz, "sclk_hz"), ("mem", gpu.mclk_hz, "mclk_hz"))
    figures = [(name, text.mhz(value), tag, "text") for name, value, tag in each if value is not None]
    if gpu.busy_percent is not None:
        figures.append(("busy", text.percent(gpu.busy_percent), "busy_percent", "muted"))
    return _labelled("MHz", figures, width)


def _throttle(gpu: GpuReading, width: int) -> Line:
    if not gpu.throttle:
        return []
    words = f"⚠ held back by {clean_line(', '.join(gpu.throttle), 80)}"
    return [Span(text_fit(words, width), "warning", "throttle")]


def _link(gpu: GpuReading, width: int) -> Line:
    """Only where lanes are lost on the way to the CPU."""
    if gpu.kind == "apu" or not gpu.link_narrowed_at:
        return []
    words = f"PCIe x{gpu.link_width}, narrowed at {gpu.link_narrowed_at}"
    return [Span(text_fit(words, width), "muted")]


def _last_minute(gpu: GpuReading, view: SessionView, width: int, pool: str) -> Line:
    """Power and memory of the last minute in one row, against their caps where there are some."""
    room = width - LABEL - len("W   GiB ")
    each = (
        ("W ", room - room // 2, gpu.power_cap_watts, "accent@60", lambda point: point.power_watts),
        ("  GiB ", room // 2, _total(pool, gpu), "decode@60", lambda point: _used(pool, point)),
    )
    drawn = [(name, _spark(gpu, view, *figure)) for name, *figure in each]
    if not any(line for _, line in drawn):
        return []
    return [
        Span(f"{'60 s':<{LABEL}}", "muted"),
        *(s for name, line in drawn for s in (Span(name, "muted"), *line)),
    ]


def _spark(
    gpu: GpuReading,
    view: SessionView,
    bins: int,
    top: float | None,
    role: str,
    value: Callable[[GpuPoint], float | None],
) -> Line:
    if bins < 1:
        return []
    points = ((p.at_ns, value(p)) for p in reversed(view.gpu_history) if p.pci == gpu.pci)
    now_ns = view.gpu_history[-1].at_ns if view.gpu_history else 0
    return spark(held(time_bins(points, now_ns, SPARK_WINDOW_NS, bins), SPARK_WINDOW_NS // bins), top, role)


def _labelled(label: str, figures: Sequence[tuple[str, str, str, str]], width: int) -> Line:
    """Name, text, tag and role of each figure, the first the last to be left out."""
    parts = [pair(rank, *figure) for rank, figure in enumerate(figures)]
    return [Span(f"{label:<{LABEL}}", "muted"), *choose(parts, width - LABEL)] if parts else []


def _used(pool: str, of: GpuReading | GpuPoint) -> int | None:
    if isinstance(of, GpuReading) and of.pool == pool:
        return pool_used_bytes(of)
    return of.vram_used_bytes if pool == "vram" else of.gtt_used_bytes


def _total(pool: str, gpu: GpuReading) -> int | None:
    if pool == gpu.pool and gpu.pool_bytes is not None:
        return gpu.pool_bytes
    return gpu.vram_total_bytes if pool == "vram" else gpu.gtt_total_bytes


def text_fit(words: str, width: int) -> str:
    """The words, cut where they are too long."""
    return textwrap.shorten(words, max(width, 10), placeholder="…")
