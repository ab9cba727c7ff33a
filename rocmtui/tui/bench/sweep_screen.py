"""The sweep screen: the curve growing level by level, the running level's latencies, the advice."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from rocmtui.core.session.view import SessionView
from rocmtui.core.sweep.view import SweepControl
from rocmtui.tui.bench.sweep_panels import SweepChart, SweepHead, SweepTable
from rocmtui.tui.dashboard.latency_panel import TtftPanel
from rocmtui.tui.dialogs.text_page import TextScreen
from rocmtui.tui.draw.bars import KeyLine
from rocmtui.tui.draw.screen import TooSmall, ViewScreen

KEYS = (
    ("v", "report", "screen.report"),
    ("esc", "dashboard", "screen.leave"),
    ("x", "interrupt", "screen.interrupt"),
    ("q", "quit", "app.quit_run"),
)


class SweepScreen(ViewScreen):
    """Draws a SweepControl; leaving it leaves the sweep running."""

    DEFAULT_CSS = """
    SweepScreen SweepHead { height: 2; }
    SweepScreen #sweep-main { layout: horizontal; height: 1fr; }
    SweepScreen SweepChart { width: 3fr; height: 1fr; }
    SweepScreen TtftPanel { width: 2fr; height: 1fr; }
    SweepScreen SweepTable { height: 1fr; max-height: 18; }
    SweepScreen.-narrow TtftPanel { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "leave", "dashboard"),
        ("v", "report", "the report so far"),
        ("x", "interrupt", "interrupt the sweep"),
    ]

    def __init__(self, control: SweepControl) -> None:
        super().__init__()
        self.control = control

    def compose(self) -> ComposeResult:
        """Head, chart, latencies, table, keys."""
        sweep = self.control.view
        yield TooSmall()
        yield SweepHead(sweep, id="sweep-head")
        with Container(id="sweep-main"):
            yield SweepChart(sweep, id="sweep-chart")
            yield TtftPanel(id="sweep-ttft")
        yield SweepTable(sweep, id="sweep-table")
        yield KeyLine(KEYS, id="keys")

    def on_mount(self) -> None:
        """Look at the sweep four times a second, as the app looks at the session."""
        self.set_interval(0.25, self._poll)

    def show_view(self, view: SessionView) -> None:
        """The running level's latencies, and the sweep itself."""
        super().show_view(view)
        self._poll()

    def action_leave(self) -> None:
        """To the dashboard; the sweep goes on."""
        if len(self.app.screen_stack) > 2:
            self.app.pop_screen()

    def action_report(self) -> None:
        """The report so far, to read and copy."""
        self.app.push_screen(TextScreen("sweep", self.control.text()))

    def action_interrupt(self) -> None:
        """End it here; what was measured is kept."""
        if self.control.running:
            self.rocmtui.perform(self.control.stop)
            self.notify("Interrupting; what was measured is kept.", markup=False)

    def _poll(self) -> None:
        if not self.is_in_use:
            return
        sweep = self.control.view
        for widget in (
            self.query_one(SweepHead),
            self.query_one(SweepChart),
            self.query_one(SweepTable),
        ):
            widget.take(sweep)
