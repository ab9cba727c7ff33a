"""The dashboard: load, latency, slots, GPUs and logs at one glance."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input

from rocmtui.core.session.view import SessionView
from rocmtui.tui.dashboard.events_panel import EventsPanel
from rocmtui.tui.dashboard.gpu_panel import GpuPanel
from rocmtui.tui.dashboard.latency_panel import LatencyPanel, TtftPanel
from rocmtui.tui.dashboard.load_line import LoadLine
from rocmtui.tui.dashboard.log_panel import LogPanel
from rocmtui.tui.dashboard.slots_panel import SlotsPanel
from rocmtui.tui.dashboard.speed_panel import SpeedPanel
from rocmtui.tui.dialogs.explain import ExplainMode
from rocmtui.tui.dialogs.explain_line import ExplainLine
from rocmtui.tui.draw.bars import HeaderLine, KeyLine
from rocmtui.tui.draw.panel import Panel
from rocmtui.tui.draw.screen import TooSmall, ViewScreen
from rocmtui.tui.requests.listing import RequestsPanel
from rocmtui.tui.requests.timeline import TimelineScreen

PANELS = {
    "1": "overview",
    "2": "slots",
    "3": "latency",
    "4": "gpu",
    "5": "log",
    "6": "requests",
    "7": "events",
}
PANEL_KEYS = tuple((key, name, f"screen.only('{key}')") for key, name in PANELS.items())
KEYS = (
    ("+/−", "workers", "app.more"),
    ("space", "pause", "app.pause"),
    ("q", "quit", "app.quit_run"),
    *PANEL_KEYS,
)
ALONE = PANELS | {"3": "latencies", "4": "GPUs", "8": "tok/s"}
TAB_KEYS = {"log": "5", "requests": "6", "events": "7"}


class Dashboard(ViewScreen):
    """All panels; a digit shows one alone, Esc brings all back."""

    KEYS: ClassVar[tuple[tuple[str, str, str], ...]] = KEYS
    """Those of the line at the foot: key, words, action."""
    BINDINGS: ClassVar[list[BindingType]] = [
        *((key, f"only('{key}')", name + " alone" * (key > "1")) for key, name in ALONE.items()),
        ("escape", "back", "overview"),
        ("w", "waterfall", "TTFT as histogram or waterfall"),
        ("t", "time_window", "time axis: 30 s to 5 min"),
        ("slash", "search", "search the log"),
        ("e", "explain", "explain a figure"),
        ("left", "figure(-1)", "figure before"),
        ("right", "figure(1)", "next figure"),
    ]

    _only = "1"
    _tab = "log"

    def __init__(self) -> None:
        super().__init__()
        self._explain = ExplainMode(self)

    def compose(self) -> ComposeResult:
        """Header, panels, load line, keys."""
        yield TooSmall()
        yield HeaderLine(id="header")
        with VerticalScroll(id="body", can_focus=False):
            with Container(id="main"):
                with Container(id="left"):
                    with Container(id="charts"):
                        yield SpeedPanel(id="speed")
                        yield TtftPanel(id="ttft")
                    yield SlotsPanel(id="slots")
                with Container(id="right"):
                    yield GpuPanel(id="gpu")
                    yield LatencyPanel("itl", "ITL", id="itl")
            with Container(id="lists"):
                yield LogPanel(id="log")
                yield RequestsPanel(id="requests")
                yield EventsPanel(id="events")
        yield Input(
            id="search", placeholder="search the log; Enter finds the newest match, Esc ends", compact=True
        )
        yield ExplainLine(id="explain")
        yield LoadLine(id="load")
        yield KeyLine(self.KEYS, id="keys")

    def on_mount(self) -> None:
        """Start with everything and the log."""
        self._arrange()

    def on_resize(self, event: events.Resize) -> None:
        """Another width may show another number of lists."""
        super().on_resize(event)
        self.call_after_refresh(self._arrange)

    def show_view(self, view: SessionView) -> None:
        """Give each panel the height its content needs, then draw."""
        self._fit_heights(view)
        super().show_view(view)

    def action_only(self, key: str) -> None:
        """Show one panel alone; the same key again, or 1, shows all."""
        self._only = "1" if key == self._only else key
        self._tab = next((tab for tab, tab_key in TAB_KEYS.items() if tab_key == key), self._tab)
        self._arrange()
        if self._only != "1":
            self.set_focus(next(panel for panel in self.query(Panel) if panel.display))

    def action_back(self) -> None:
        """Leave what was entered last: the search, explain mode, the panel alone."""
        search = self.query_one("#search", Input)
        if search.display:
            search.value = ""
            search.display = False
            self.query_one(LogPanel).search("")
        elif self._explain.active:
            self._explain.stop()
        else:
            self.set_focus(None)
            self.action_only("1")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Back only where there is something to leave."""
        return action != "back" or self.is_in_something or self.focused is not None

    @property
    def is_in_something(self) -> bool:
        """Whether Esc has something to leave: the search, explain mode, a panel alone."""
        return self._only != "1" or self._explain.active or self._is_searching

    @property
    def _is_searching(self) -> bool:
        return any(box.display for box in self.query("#search"))

    def action_explain(self) -> None:
        """Begin or end explain mode."""
        if self._explain.active:
            self._explain.stop()
        else:
            self.set_focus(None)
            self._explain.start()

    def action_figure(self, by: int) -> None:
        """Step through the figures; begins explain mode."""
        if not self._explain.active:
            self.action_explain()
        self._explain.step(by)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Explain what the pointer is over."""
        if self._explain.active:
            self._explain.hover(event)

    def action_search(self) -> None:
        """Ask what to search the log for."""
        self.action_tab("log")
        search = self.query_one("#search", Input)
        search.display = True
        search.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Mark matches as one types."""
        self.query_one(LogPanel).search(event.value)

    def on_input_submitted(self) -> None:
        """Go to the newest match; n and N go on from there."""
        log = self.query_one(LogPanel)
        log.focus()
        log.action_find(-1)

    def on_requests_panel_chosen(self, event: RequestsPanel.Chosen) -> None:
        """Show one request's timeline."""
        self.app.push_screen(TimelineScreen(event.record))

    def action_tab(self, name: str) -> None:
        """Bring a list to the front without hiding the other panels."""
        self._tab = name
        if self._only in TAB_KEYS.values():
            self._only = TAB_KEYS[name]
        self._arrange()

    def action_time_window(self) -> None:
        """Another stretch of time in the speed chart."""
        self.query_one(SpeedPanel).next_window()

    def action_waterfall(self) -> None:
        """TTFT as a histogram or as a waterfall."""
        self.query_one(TtftPanel).toggle_waterfall()

    def _arrange(self) -> None:
        if not self.is_in_use:
            return
        alone = self._only != "1"
        self.set_class(alone, "-only")
        lists = self._lists_in_front()
        for panel in self.query(Panel):
            in_front = panel.key not in TAB_KEYS.values() or panel.id in lists
            panel.display = panel.key == self._only if alone else in_front
        for box in ("charts", "left", "right", "main", "lists"):
            container = self.query_one(f"#{box}", Widget)
            container.display = any(panel.display for panel in container.query(Panel))
        self._fit_heights(self.rocmtui.view)
        self.call_after_refresh(self.catch_up)

    def _lists_in_front(self) -> tuple[str, ...]:
        """The chosen list; a wide screen has room for the requests, or the log, beside it."""
        if not self.has_class("-wide"):
            return (self._tab,)
        return (self._tab, "log" if self._tab == "requests" else "requests")

    def _fit_heights(self, view: SessionView) -> None:
        slots, gpu = self.query_one(SlotsPanel), self.query_one(GpuPanel)
        if self._only != "1":
            heights = ("1fr", "1fr")
        else:
            room = max(int(self.size.height * 0.45), 7) - 2
            wanted = slots.lines_wanted(view, slots.size.width, room)
            gpu_wanted = gpu.lines_wanted(view, gpu.size.width, max(self.size.height // 2 - 6, 7))
            heights = (str(max(wanted, 5) + 2), str(gpu_wanted + 2))
        for panel, height in zip((slots, gpu), heights, strict=True):
            if panel.styles.height is None or str(panel.styles.height) != height:
                panel.styles.height = height
