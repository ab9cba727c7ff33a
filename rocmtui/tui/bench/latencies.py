"""The latencies of the test under way, as the dashboard shows them."""

from __future__ import annotations

from rocmtui.tui.dashboard.chart.latency import LatencyPanel, TtftPanel


class BenchTtft(TtftPanel):
    """Numbered in the bench screen's own reading order."""

    key = "4"


class BenchLatency(LatencyPanel):
    """Beside it where there is room."""

    key = "4"
