"""The bench screen: the matrix filling live, the verdicts, the chosen row, the running test's latencies."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from rocmtui.core.bench.view import BenchView
from rocmtui.tui.bench.head import BenchHead
from rocmtui.tui.bench.latencies import BenchLatency, BenchTtft
from rocmtui.tui.bench.matrix import BenchMatrix
from rocmtui.tui.bench.rounds_panel import RoundsPanel
from rocmtui.tui.bench.verdicts import BenchVerdicts
from rocmtui.tui.bench.work_screen import WorkScreen
from rocmtui.tui.draw.bars import KeyLine
from rocmtui.tui.draw.screen import TooSmall


class BenchScreen(WorkScreen[BenchView]):
    """Matrix, verdicts, rounds and latencies; a digit shows one alone."""

    DEFAULT_CSS = """
    BenchScreen BenchHead { height: 2; }
    BenchScreen BenchMatrix { height: 2fr; }
    BenchScreen BenchVerdicts { height: 1fr; min-height: 5; max-height: 12; }
    BenchScreen #bench-below { layout: horizontal; height: 1fr; min-height: 6; max-height: 14; }
    BenchScreen RoundsPanel { width: 3fr; height: 1fr; }
    BenchScreen LatencyPanel { width: 2fr; height: 1fr; }
    BenchScreen #bench-itl { display: none; }
    BenchScreen.-wide #bench-itl { display: block; }
    BenchScreen.-narrow #bench-below { display: none; }
    BenchScreen.-narrow BenchVerdicts { height: 6; }
    BenchScreen.-only BenchVerdicts, BenchScreen.-only #bench-below { height: 1fr; max-height: 100%; }
    BenchScreen.-only LatencyPanel { width: 1fr; }
    """
    name_of_work = "bench"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "only('1')", "tests", tooltip="tests alone"),
        Binding("2", "only('2')", "verdicts", tooltip="verdicts alone"),
        Binding("3", "only('3')", "rounds", tooltip="rounds alone"),
        Binding("4", "only('4')", "latency", tooltip="latencies alone"),
        Binding("0", "only('')", "all", tooltip="all panels"),
    ]

    def compose(self) -> ComposeResult:
        """Head, matrix, verdicts, rounds and latencies, keys."""
        bench = self.control.view
        yield TooSmall()
        yield BenchHead(bench, self.control.where, id="bench-head")
        yield BenchMatrix(bench, id="bench-matrix")
        yield BenchVerdicts(bench, id="bench-verdicts")
        with Container(id="bench-below", classes="holds-panels"):
            yield RoundsPanel(bench, id="bench-rounds")
            yield BenchTtft(id="bench-ttft")
            yield BenchLatency("itl", "ITL", id="bench-itl")
        yield KeyLine((*WorkScreen.BINDINGS, *self.BINDINGS), id="keys")

    @on(BenchMatrix.Chosen)
    def _row_chosen(self) -> None:
        self.query_one(RoundsPanel).choose(self.query_one(BenchMatrix).place)

    def _poll(self) -> None:
        super()._poll()
        if self.is_in_use:
            self._row_chosen()
