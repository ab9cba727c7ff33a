"""The sweep screen: the curve growing level by level, the running level's latencies, the advice."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from rocmtui.core.sweep.view import SweepView
from rocmtui.tui.bench.sweep_panels import SweepChart, SweepHead
from rocmtui.tui.bench.sweep_table import SweepTable
from rocmtui.tui.bench.work_screen import WorkScreen
from rocmtui.tui.dashboard.chart.latency import TtftPanel
from rocmtui.tui.draw.bars import KeyLine
from rocmtui.tui.draw.screen import TooSmall

LEAST_FOR_CHART = 20


class SweepScreen(WorkScreen[SweepView]):
    """Curve, latencies and table."""

    DEFAULT_CSS = """
    SweepScreen SweepHead { height: 2; }
    SweepScreen #sweep-main { layout: horizontal; height: 1fr; }
    SweepScreen SweepChart { width: 3fr; height: 1fr; }
    SweepScreen TtftPanel { width: 2fr; height: 1fr; }
    SweepScreen SweepTable { height: 8; }
    SweepScreen.-narrow TtftPanel { display: none; }
    SweepScreen.-low #sweep-main { display: none; }
    SweepScreen.-low SweepTable, SweepScreen.-only SweepTable { height: 1fr; }
    SweepScreen.-only SweepChart, SweepScreen.-only TtftPanel { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "only('1')", "load", tooltip="load alone"),
        Binding("2", "only('2')", "TTFT", tooltip="TTFT alone"),
        Binding("3", "only('3')", "levels", tooltip="levels alone"),
        Binding("0", "only('')", "all", tooltip="all panels"),
    ]
    name_of_work = "sweep"

    def compose(self) -> ComposeResult:
        """Head, chart, latencies, table, keys."""
        sweep = self.control.view
        yield TooSmall()
        yield SweepHead(sweep, id="sweep-head")
        with Container(id="sweep-main", classes="holds-panels"):
            yield SweepChart(sweep, id="sweep-chart")
            yield TtftPanel(id="sweep-ttft")
        yield SweepTable(sweep, id="sweep-table")
        yield KeyLine((*WorkScreen.BINDINGS, *self.BINDINGS), id="keys")

    def on_resize(self, event: events.Resize) -> None:
        """The chart goes where it would be a line or two: the table says the same."""
        super().on_resize(event)
        self.set_class(event.size.height < LEAST_FOR_CHART, "-low")
