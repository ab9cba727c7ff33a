"""A latency of the measured requests: its histogram, and for TTFT what it is made of."""

from __future__ import annotations

from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.ttft_split import RecentSplits
from rocmtui.core.session.view import SessionView
from rocmtui.core.stats.histogram import Histogram
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dashboard.chart.histogram import GHOST, QUANTILES, draw_histogram
from rocmtui.tui.draw.lines import Line, Part, Span, choose, pair, width_of
from rocmtui.tui.draw.panel import Panel
from rocmtui.tui.requests.waterfall import draw_waterfall, legend


class LatencyPanel(Panel):
    """One metric's distribution over the whole measured run, a baseline's behind it."""

    key = "2"
    HELP_TEXT = "How often each latency occurred, on a log scale; marks show p50, p95 and p99."

    def __init__(self, metric: str, name: str, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.metric = metric
        self.metric_name = name

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """How many values the live histogram has, the baseline, and what the foot says."""
        live = view.live
        if live is None:
            return (None, view.baseline)
        values = histogram_of(live, self.metric)
        return (values.count, values.total, live.completed, len(live.warnings), view.baseline)

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Frame, percentiles and histogram."""
        values = histogram_of(view.live, self.metric)
        foot = self.foot(view, width - 6)
        body = self.body(view, values, width - 4, height - 2)
        right = _percentiles(values, self.metric, width - 12 - len(self.metric_name))
        return self.framed((width, height), body, self.title(self.metric_name, self.metric), right, foot)

    def body(self, view: SessionView, values: Histogram, width: int, rows: int) -> list[Line]:
        """What stands inside the frame."""
        return draw_histogram(values, histogram_of(view.baseline, self.metric), self.metric, width, rows)

    def foot(self, view: SessionView, room: int) -> Line:
        """Warnings, the baseline's name and how many requests were counted."""
        live = view.live
        parts = [Part(0, [Span(f"n {text.count(live.completed if live else 0)}", "muted", "completed")])]
        if view.baseline is not None:
            ghost = histogram_of(view.baseline, self.metric)
            label = f" {clean_line(view.baseline_label, 30) or 'baseline'} p50 {text.ms(ghost.quantile(0.5))}"
            parts.insert(0, Part(2, [Span(GHOST, "ghost"), Span(label, "muted", "baseline")]))
        if live is not None and live.warnings:
            parts.insert(0, Part(1, [Span(f"⚠ {len(live.warnings)}", "warning", "audit")]))
        return choose(parts, room)


class TtftPanel(LatencyPanel):
    """TTFT stacked by queue, prefill and rest; as a waterfall of the newest requests on demand."""

    HELP_TEXT = (
        "Time to first token on a log scale, each bar divided into queue, prefill and the rest as the "
        "newest 500 requests were."
    )
    waterfall = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__("ttft", "TTFT", id=id)
        self._recent = RecentSplits()

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """The requests too: they hold the split."""
        return (*super().needs(view), view.requests)

    def toggle_waterfall(self) -> None:
        """Histogram or waterfall."""
        self.waterfall = not self.waterfall
        self.redraw()

    def body(self, view: SessionView, values: Histogram, width: int, rows: int) -> list[Line]:
        """Histogram or waterfall."""
        self._recent.observe(view.requests)
        if self.waterfall:
            return draw_waterfall(self._recent, width, rows)
        ghost = histogram_of(view.baseline, self.metric)
        return draw_histogram(values, ghost, "ttft", width, rows, self._recent.shares)

    def foot(self, view: SessionView, room: int) -> Line:
        """The means of the parts before the rest of it."""
        self._recent.observe(view.requests)
        parts = legend(self._recent, room)
        right = super().foot(view, room - width_of(parts) - 2)
        return [*parts, Span("  "), *right] if parts and right else parts or right


def histogram_of(live: LiveSnapshot | None, metric: str) -> Histogram:
    """A metric's histogram; empty where there is no load."""
    return Histogram() if live is None else getattr(live, metric)


def _percentiles(values: Histogram, metric: str, room: int) -> Line:
    parts = [
        pair(rank, name, text.ms(values.quantile(q)), f"{metric}.{name}", "figure")
        for rank, (q, name) in zip((1, 0, 2), QUANTILES, strict=True)
    ]
    return choose(parts, room)
