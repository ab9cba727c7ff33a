"""Tokens per second over time: decode stands on the time axis, prefill hangs from it."""

from __future__ import annotations

from rocmtui.core.session.view import HistoryPoint, SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.blocks import columns, hanging, nice_ceiling
from rocmtui.core.text.chart_bins import time_bins
from rocmtui.tui.draw.lines import Line, Part, Span, choose, counted, pair, row_strength, runs
from rocmtui.tui.draw.panel import Panel

GUTTER = 5
WINDOWS_S = (30, 60, 120, 300)


class SpeedPanel(Panel):
    """tok/s history with a time axis."""

    key = "8"
    HELP_TEXT = "Decode speed above the time axis, prefill speed below it; each has its own scale."
    window_s = 60

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """The history, and the warnings about it."""
        return (view.history, view.peak_output_tps, view.live)

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Frame, figures and chart."""
        end = "end" if _is_over(view) else "now"
        chart = draw_chart(view.history, self.window_s * 1_000_000_000, width - 4, height - 2, end=end)
        return self.framed((width, height), chart, "tok/s", _figures(view, width - 16), _warnings(view))

    def next_window(self) -> None:
        """Show a longer stretch of time, after the longest the shortest again."""
        self.window_s = WINDOWS_S[(WINDOWS_S.index(self.window_s) + 1) % len(WINDOWS_S)]
        self.redraw()


def draw_chart(
    history: tuple[HistoryPoint, ...], window_ns: int, width: int, rows: int, *, end: str = "now"
) -> list[Line]:
    """The mirrored chart over `rows` lines; the row between its halves is the time axis, up to `end`."""
    bins = width - GUTTER
    if bins < 8 or rows < 2:
        return []
    now_ns = history[-1].at_ns if history else 0
    decode = time_bins(((p.at_ns, p.output_tps) for p in reversed(history)), now_ns, window_ns, bins)
    prefill = time_bins(((p.at_ns, p.prefill_tps) for p in reversed(history)), now_ns, window_ns, bins)
    down = 0 if rows < 4 else max(1, round((rows - 1) * 0.34))
    up = rows - 1 - down
    below = _rows(prefill, down, ("prefill", "prefill_tps"), hangs=True) if down else []
    return [*_rows(decode, up, ("decode", "output_tps")), _axis(decode, window_ns, bins, end), *below]


def _rows(values: list[float | None], rows: int, look: tuple[str, str], *, hangs: bool = False) -> list[Line]:
    """One half of the chart with its scale at the far edge; `look` is its role and its tag."""
    known = [v for v in values if v is not None]
    top = nice_ceiling(max(known, default=0.0))
    drawn = (hanging if hangs else columns)([None if v is None else v / top for v in values], rows)
    labels = {rows - 1 if hangs else 0: text.scale(top)} if known else {}
    if known and not hangs and rows >= 7 and rows % 2 == 0:
        labels[rows // 2] = text.scale(top / 2)
    lines: list[Line] = []
    for row, cells in enumerate(drawn):
        strength = row_strength(rows - 1 - row if hangs else row, rows)
        label = Span(f"{labels.get(row, ''):>{GUTTER - 1}} ", "muted")
        lines.append([label, Span(cells, f"{look[0]}@{strength}", look[1])])
    return lines


def _axis(values: list[float | None], window_ns: int, bins: int, end: str) -> Line:
    """Time runs along the axis; where nothing was measured it is dotted."""
    cells = ["╌" if value is None else "─" for value in values]
    seconds = window_ns // 1_000_000_000
    quarters = (0, 1, 2, 3) if bins >= 32 else (0, 2) if bins >= 18 else (0,)
    roles = ["border"] * bins
    for quarter in quarters:
        _write(cells, roles, quarter * bins // 4, f"{seconds - quarter * seconds / 4:g}s")
    _write(cells, roles, bins - len(end), end)
    return runs(f"{0:>{GUTTER - 1}} {''.join(cells)}", ["muted"] * GUTTER + roles)


def _write(cells: list[str], roles: list[str], at: int, label: str) -> None:
    for offset, character in enumerate(label):
        cells[at + offset] = character
        roles[at + offset] = "muted"


def _warnings(view: SessionView) -> Line:
    count = len(view.live.warnings) if view.live is not None else 0
    return [Span(f"⚠ {count}", "warning", "audit")] if count else []


def _is_over(view: SessionView) -> bool:
    return view.live is not None and view.live.phase == "done"


def _figures(view: SessionView, room: int) -> Line:
    """The speeds now: a load that is over has none, whatever its last snapshot says."""
    live = None if _is_over(view) else view.live
    decode, prefill = (live.output_tps, live.prefill_tps) if live else (None, None)
    parts = [
        Part(0, [Span("▲ ", "decode"), *counted(0, text.tps(decode), "decode", "output_tps").spans]),
        Part(2, [Span("▼ ", "prefill"), *counted(0, text.tps(prefill), "prefill", "prefill_tps").spans]),
        pair(3, "peak", text.tps(view.peak_output_tps), "peak_output_tps"),
    ]
    return choose(parts, room, "  ")
