"""The bench screen: the matrix filling live, the running test's latencies, the verdicts."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from rocmtui.core.bench.view import BenchView
from rocmtui.tui.bench.around_matrix import BenchHead, BenchVerdicts
from rocmtui.tui.bench.matrix import BenchMatrix
from rocmtui.tui.bench.work_screen import WorkScreen
from rocmtui.tui.dashboard.chart.latency import LatencyPanel, TtftPanel
from rocmtui.tui.draw.bars import KeyLine
from rocmtui.tui.draw.panel import Panel
from rocmtui.tui.draw.screen import TooSmall

KEYS = (
    ("v", "report", "screen.report"),
    ("esc", "dashboard", "screen.leave"),
    ("x", "interrupt", "screen.interrupt"),
    ("1", "tests", "screen.only('1')"),
    ("2", "latency", "screen.only('2')"),
    ("3", "verdicts", "screen.only('3')"),
    ("0", "all", "screen.only('')"),
    ("q", "quit", "app.quit_run"),
)


class BenchScreen(WorkScreen[BenchView]):
    """Matrix, latencies and verdicts; a digit shows one alone."""

    DEFAULT_CSS = """
    BenchScreen BenchHead { height: 2; }
    BenchScreen #bench-main { layout: horizontal; height: 2fr; }
    BenchScreen #bench-right { layout: vertical; width: 2fr; height: 1fr; }
    BenchScreen BenchMatrix { width: 3fr; height: 1fr; }
    BenchScreen #bench-right Panel { height: 1fr; }
    BenchScreen BenchVerdicts { height: 1fr; }
    BenchScreen.-narrow #bench-main { layout: vertical; }
    BenchScreen.-narrow #bench-right { width: 1fr; height: 7; }
    BenchScreen.-narrow #bench-right LatencyPanel { height: 7; }
    BenchScreen.-narrow #bench-itl { display: none; }
    BenchScreen.-narrow BenchMatrix { width: 1fr; }
    BenchScreen.-narrow BenchVerdicts { height: 6; }
    BenchScreen.-only #bench-right { width: 1fr; height: 1fr; }
    BenchScreen.-only #bench-right LatencyPanel { height: 1fr; }
    BenchScreen.-only #bench-main, BenchScreen.-only BenchVerdicts { height: 1fr; }
    """
    name_of_work = "bench"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("x", "interrupt", "interrupt the bench; it can be resumed"),
        ("0", "only('')", "everything"),
        ("1", "only('1')", "tests alone"),
        ("2", "only('2')", "latencies alone"),
        ("3", "only('3')", "verdicts alone"),
    ]

    _only = ""

    def compose(self) -> ComposeResult:
        """Head, matrix, latencies, verdicts, keys."""
        bench = self.control.view
        yield TooSmall()
        yield BenchHead(bench, self.control.where, id="bench-head")
        with Container(id="bench-main"):
            yield BenchMatrix(bench, id="bench-matrix")
            with Container(id="bench-right"):
                yield TtftPanel(id="bench-ttft")
                yield LatencyPanel("itl", "ITL", id="bench-itl")
        yield BenchVerdicts(bench, id="bench-verdicts")
        yield KeyLine(KEYS, id="keys")

    def action_only(self, key: str) -> None:
        """Show one panel alone; the same key again, or 0, shows all."""
        self._only = "" if key == self._only else key
        alone = bool(self._only)
        self.set_class(alone, "-only")
        for panel in self.query(Panel):
            panel.display = not alone or panel.key == self._only
        right = self.query_one("#bench-right")
        right.display = not alone or self._only == "2"
        self.query_one("#bench-main").display = not alone or self._only in ("1", "2")
        self.call_after_refresh(lambda: self.show_view(self.rocmtui.view))

    def action_leave(self) -> None:
        """Back to all panels, then to the dashboard."""
        if self._only:
            self.action_only("")
        else:
            super().action_leave()
