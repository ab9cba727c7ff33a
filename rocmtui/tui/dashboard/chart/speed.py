"""Tokens per second over time: what is written stands on the time axis, what is read hangs from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rocmtui.core.glance.pace import others_speed, output_speed, read_speed
from rocmtui.core.session.view import GpuPoint, SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.blocks import columns, hanging, nice_ceiling
from rocmtui.core.text.chart_bins import held, time_bins
from rocmtui.tui.dashboard.chart.axis import draw_axis
from rocmtui.tui.draw.lines import Line, Part, Span, choose, counted, pair, row_strength, runs
from rocmtui.tui.draw.panel import Panel

GUTTER = 6
WINDOWS_S = (30, 60, 120, 300)
NS = 1_000_000_000
STRIP_ROWS, LEAST_ROWS_WITH_STRIPS = 3, 20
GIB = 1 << 30
Values = list[float | None]


class SpeedPanel(Panel):
    """tok/s history with a time axis; power and memory below it where there is room."""

    key = "1"
    HELP_TEXT = (
        "Tokens written per second above the time axis (█ our load, ▒ other clients), prompt tokens read per "
        "second by all slots below it; each half has its own scale. Marks say what happened when."
    )
    window_s = 60

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """The histories, the marks, and the warnings about it all."""
        return (view.history, view.traffic_history, view.gpu_history, view.marks, view.live)

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Frame, figures and chart."""
        chart = draw_chart(view, self.window_s * NS, width - 4, height - 2)
        foot = [*_warnings(view), *pair(1, "t", f"{self.window_s} s").spans]
        return self.framed((width, height), chart, "tok/s", _figures(view, width - 16), foot)

    def next_window(self) -> None:
        """Show a longer stretch of time, after the longest the shortest again."""
        self.window_s = WINDOWS_S[(WINDOWS_S.index(self.window_s) + 1) % len(WINDOWS_S)]
        self.redraw()


class Series(NamedTuple):
    """What the chart draws, in the same columns of time."""

    ours: Values
    others: Values
    read: Values
    now_ns: int


def series_of(view: SessionView, window_ns: int, bins: int) -> Series:
    """Every line of the chart over the last `window_ns`."""
    ends = [points[-1].at_ns for points in (view.history, view.traffic_history) if points]
    now_ns = max(ends, default=view.at_ns)

    def binned(points: Sequence[tuple[int, float | None]]) -> Values:
        return held(time_bins(reversed(points), now_ns, window_ns, bins), window_ns // bins)

    return Series(
        binned([(p.at_ns, p.output_tps) for p in view.history]),
        binned([(p.at_ns, p.others_decode_tps) for p in view.traffic_history]),
        binned([(p.at_ns, p.prefill_tps) for p in view.traffic_history]),
        now_ns,
    )


def draw_chart(view: SessionView, window_ns: int, width: int, rows: int) -> list[Line]:
    """The mirrored chart over `rows` lines; the row between its halves is the time axis."""
    bins = width - GUTTER
    if bins < 8 or rows < 2:
        return []
    series = series_of(view, window_ns, bins)
    strips = _strips(view, series.now_ns, window_ns, bins) if rows >= LEAST_ROWS_WITH_STRIPS else []
    rows -= len(strips)
    down = 0 if rows < 4 else max(1, round((rows - 1) * 0.3))
    down += down > 0 and rows > 11 and (rows - down) % 2 == 0  # an even number has a middle to label
    known = [a if b is None else (a or 0.0) + b for a, b in zip(series.ours, series.others, strict=True)]
    axis = draw_axis(known, window_ns, "end" if _is_over(view) else "now", view.marks, series.now_ns)
    return [
        *_written(series.ours, known, rows - 1 - down),
        [Span(f"{0:>{GUTTER - 2}} ┼", "muted"), *axis],
        *_hung(series.read, down),
        *strips,
    ]


def _written(ours: Values, both: Values, rows: int) -> list[Line]:
    """Our load's tokens, on them those of others."""
    known = [value for value in both if value is not None]
    top = nice_ceiling(max(known, default=0.0))
    own, whole = (columns([None if v is None else v / top for v in line], rows) for line in (ours, both))
    labels = {0: text.scale(top)} if any(known) else {}
    if labels and rows >= 7 and rows % 2 == 0:
        labels[rows // 2] = text.scale(top / 2)
    lines: list[Line] = []
    for row, (mine, every) in enumerate(zip(own, whole, strict=True)):
        strength = row_strength(row, rows)
        cells = [_stacked(a, b, strength) for a, b in zip(mine, every, strict=True)]
        lines.append(
            _labelled(labels.get(row, ""), [c for c, _ in cells], [r for _, r in cells], "output_tps")
        )
    return lines


def _stacked(mine: str, every: str, strength: int) -> tuple[str, str]:
    """A cell of our bar with that of others on it."""
    if mine == every:
        return mine, f"decode@{strength}"
    if mine == " ":
        return "▒" if every == "█" else every, "others"
    return mine, "decode/others"


def _hung(values: Values, rows: int) -> list[Line]:
    known = [value for value in values if value is not None]
    top = nice_ceiling(max(known, default=0.0))
    lines: list[Line] = []
    for row, cells in enumerate(hanging([None if v is None else v / top for v in values], rows)):
        label = text.scale(top) if any(known) and row == rows - 1 else ""
        role = f"prefill@{row_strength(rows - 1 - row, rows)}"
        lines.append(_labelled(label, list(cells), [role] * len(cells), "prefill_tps"))
    return lines


def _strips(view: SessionView, now_ns: int, window_ns: int, bins: int) -> list[Line]:
    """Power and memory of the first card, each in a few rows, on the same axis."""
    gpus = view.gpu.gpus if view.gpu else ()
    if not gpus:
        return []
    gpu = gpus[0]
    total = gpu.pool_bytes or gpu.vram_total_bytes
    wanted = (
        ("W", gpu.power_cap_watts, "accent@60", "power_watts", lambda p: p.power_watts),
        ("GiB", total and total / GIB, "prefill@60", "vram_used_bytes", _used_gib),
    )
    points = [point for point in view.gpu_history if point.pci == gpu.pci]
    lines: list[Line] = []
    for unit, most, role, tag, value in wanted:
        values = time_bins(((p.at_ns, value(p)) for p in reversed(points)), now_ns, window_ns, bins)
        known = [v for v in held(values, window_ns // bins) if v is not None]
        if known:
            top = most or max(known) or 1.0
            levels = [None if v is None else v / top for v in held(values, window_ns // bins)]
            labels = {0: unit, 1: text.figure(round(top))}
            for row, cells in enumerate(columns(levels, STRIP_ROWS)):
                lines.append(_labelled(labels.get(row, ""), list(cells), [role] * bins, tag))
    return lines


def _used_gib(point: GpuPoint) -> float | None:
    return None if point.vram_used_bytes is None else point.vram_used_bytes / GIB


def _labelled(label: str, cells: Sequence[str], roles: Sequence[str], tag: str) -> Line:
    gutter = f"{label:>{GUTTER - 2}} {'┤' if label else '│'}"
    return [Span(gutter, "muted"), *runs("".join(cells), roles, tag)]


def _warnings(view: SessionView) -> Line:
    count = len(view.live.warnings) if view.live is not None else 0
    return [Span(f"⚠ {count}  ", "warning", "audit")] if count else []


def _is_over(view: SessionView) -> bool:
    return view.live is not None and view.live.phase == "done"


def _figures(view: SessionView, room: int) -> Line:
    """The speeds of the last seconds: a load that is over has none, whatever its last snapshot says."""
    others = others_speed(view)
    parts = [
        Part(0, [Span("▲ ", "decode"), *pair(0, "decode", text.tps(output_speed(view)), "output_tps").spans]),
        Part(2, [Span("▼ ", "prefill"), *pair(0, "prefill", text.tps(read_speed(view)), "read_tps").spans]),
        pair(3, "peak", text.tps(view.peak_output_tps), "peak_output_tps"),
    ]
    if others:
        parts.insert(
            1, Part(1, [Span("▒ ", "others"), *counted(0, text.tps(others), "others", "others_tps").spans])
        )
    return choose(parts, room, "  ")
