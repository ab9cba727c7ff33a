"""The sweep screen: the curve growing level by level, the running level's latencies, the advice."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container

from rocmtui.core.sweep.view import SweepView
from rocmtui.tui.bench.sweep_panels import SweepChart, SweepHead, SweepTable
from rocmtui.tui.bench.work_screen import WorkScreen
from rocmtui.tui.dashboard.chart.latency import TtftPanel
from rocmtui.tui.draw.bars import KeyLine
from rocmtui.tui.draw.screen import TooSmall


class SweepScreen(WorkScreen[SweepView]):
    """Curve, latencies and table."""

    DEFAULT_CSS = """
    SweepScreen SweepHead { height: 2; }
    SweepScreen #sweep-main { layout: horizontal; height: 1fr; }
    SweepScreen SweepChart { width: 3fr; height: 1fr; }
    SweepScreen TtftPanel { width: 2fr; height: 1fr; }
    SweepScreen SweepTable { height: 8; }
    SweepScreen.-narrow TtftPanel { display: none; }
    """
    name_of_work = "sweep"

    def compose(self) -> ComposeResult:
        """Head, chart, latencies, table, keys."""
        sweep = self.control.view
        yield TooSmall()
        yield SweepHead(sweep, id="sweep-head")
        with Container(id="sweep-main"):
            yield SweepChart(sweep, id="sweep-chart")
            yield TtftPanel(id="sweep-ttft")
        yield SweepTable(sweep, id="sweep-table")
        yield KeyLine(self.BINDINGS, id="keys")
