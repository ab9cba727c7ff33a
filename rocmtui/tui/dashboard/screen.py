"""The dashboard: load, latency, slots, GPUs and logs at one glance."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import Input

from rocmtui.core.session.view import SessionView
from rocmtui.tui.dashboard.chart.latency import LatencyPanel, TtftPanel
from rocmtui.tui.dashboard.chart.speed import SpeedPanel
from rocmtui.tui.dashboard.events import EventsPanel
from rocmtui.tui.dashboard.gpu.panel import GpuPanel
from rocmtui.tui.dashboard.load_line import LoadLine
from rocmtui.tui.dashboard.log import LogPanel
from rocmtui.tui.dashboard.places import Places, Wants, alone, arrange
from rocmtui.tui.dashboard.slots import SlotsPanel
from rocmtui.tui.dashboard.tiles import Tiles
from rocmtui.tui.dialogs.explain import ExplainMode
from rocmtui.tui.dialogs.explain_line import ExplainLine
from rocmtui.tui.dialogs.text_page import TextScreen
from rocmtui.tui.draw.bars import FootKey, HeaderLine, KeyLine
from rocmtui.tui.draw.list_panel import TABS
from rocmtui.tui.draw.panel import Panel
from rocmtui.tui.draw.screen import TooSmall, ViewScreen
from rocmtui.tui.form.find_box import FindBox
from rocmtui.tui.requests.listing import RequestsPanel
from rocmtui.tui.requests.timeline import TimelineScreen

PANELS = {
    "1": ("tok/s", ("speed",)),
    "2": ("latency", ("ttft", "itl")),
    "3": ("slots", ("slots",)),
    "4": ("gpu", ("gpu",)),
    "5": ("requests", ("requests",)),
    "6": ("log", ("log",)),
    "7": ("events", ("events",)),
}
"""Panels in the order one reads: name, and what its key leaves on the screen."""
PANEL_KEYS = tuple((key, name, f"screen.only('{key}')") for key, (name, _) in PANELS.items())
TAB_KEYS = {name: key for key, name in TABS}


class Body(Container):
    """What lies between the first and the last lines; those may become more while it is shown."""

    class Resized(Message):
        """The panels need other places."""

    def on_resize(self) -> None:
        """Say so."""
        self.post_message(self.Resized())


class Dashboard(ViewScreen):
    """All panels; a digit shows one alone, Esc brings all back."""

    KINDS = frozenset({"dashboard"})
    KEYS: ClassVar[tuple[FootKey, ...]] = (
        ("+/−", "workers", "app.more"),
        ("space", "pause", "app.pause"),
        ("q", "quit", "app.quit_run"),
        *PANEL_KEYS,
    )
    """Those of the line at the foot: key, words, action."""
    BINDINGS: ClassVar[list[BindingType]] = [
        *((key, f"only('{key}')", f"{name} alone") for key, (name, _) in PANELS.items()),
        ("0", "only('')", "all panels"),
        ("escape", "back", "overview"),
        ("w", "waterfall", "TTFT as histogram or waterfall"),
        ("t", "time_window", "time axis: 30 s to 5 min"),
        ("slash", "search", "search the log"),
        ("e", "explain", "explain a figure"),
        ("left", "figure(-1)", "figure before"),
        ("right", "figure(1)", "next figure"),
    ]

    _only = ""
    """Key of the panel that stands alone; none for all panels."""
    _tab = ""
    """The list that was asked for; none for the one that tells most."""

    def __init__(self) -> None:
        super().__init__()
        self._explain = ExplainMode(self)
        self._places: Places = {}

    def compose(self) -> ComposeResult:
        """Header, panels, load line, keys."""
        yield TooSmall()
        yield HeaderLine(id="header")
        with Body(id="body"):
            yield Tiles(id="tiles")
            yield SpeedPanel(id="speed")
            yield TtftPanel(id="ttft")
            yield LatencyPanel("itl", "ITL", id="itl")
            yield SlotsPanel(id="slots")
            yield GpuPanel(id="gpu")
            yield RequestsPanel(id="requests")
            yield LogPanel(id="log")
            yield EventsPanel(id="events")
        yield FindBox("search the log; Enter finds the newest match, Esc ends", id="search")
        yield ExplainLine(id="explain")
        yield from self.above_load()
        yield LoadLine(id="load")
        yield KeyLine(self.KEYS, id="keys")

    def above_load(self) -> ComposeResult:
        """What a kind of dashboard has besides."""
        return ()

    def on_mount(self) -> None:
        """Place the panels."""
        self._arrange()

    @on(Body.Resized)
    def _resized(self) -> None:
        self._arrange()

    def show_view(self, view: SessionView) -> None:
        """Give each panel the place its content needs, then draw."""
        self._arrange(view)
        super().show_view(view)

    @on(Panel.Opened)
    def _opened(self, event: Panel.Opened) -> None:
        self.app.push_screen(TextScreen(event.title, event.text))

    def action_only(self, key: str) -> None:
        """Show one panel alone; the same key again shows all."""
        self._only = "" if key == self._only else key
        self._tab = next((tab for tab, tab_key in TAB_KEYS.items() if tab_key == key), self._tab)
        self._arrange()
        if self._only:
            self.set_focus(next(panel for panel in self.query(Panel) if panel.display))

    def action_back(self) -> None:
        """Leave what was entered last: the search, explain mode, the panel alone."""
        if self.query_one(FindBox).close():
            self.query_one(LogPanel).search("")
        elif self._explain.active:
            self.action_explain()
        else:
            self.set_focus(None)
            self.action_only("")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Back only where there is something to leave."""
        return action != "back" or self.is_in_something or self.focused is not None

    @property
    def is_in_something(self) -> bool:
        """Whether Esc has something to leave: the search, explain mode, a panel alone."""
        return bool(self._only) or self._explain.active or self._is_searching

    @property
    def _is_searching(self) -> bool:
        return any(box.display for box in self.query(FindBox))

    def action_explain(self) -> None:
        """Begin or end explain mode."""
        if self._explain.active:
            self._explain.stop()
        else:
            self.set_focus(None)
            self._explain.start()
        self._tell_keys()

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
        self.query_one(FindBox).open()

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

    def _arrange(self, view: SessionView | None = None) -> None:
        """Put every panel where it belongs now; what has no place is hidden."""
        if not self.is_in_use:
            return
        body, view = self.query_one("#body"), view or self.rocmtui.view
        width, height = body.size
        if self._only:
            places = alone(width, height, PANELS[self._only][1])
        else:
            places = arrange(width, height, self._wants(view, width), self._lists(view))
        if places == self._places:
            return
        self._places = places
        for widget in body.children:
            region = places.get(widget.id or "")
            widget.display = region is not None
            if region is not None:
                widget.styles.offset = region.offset
                widget.styles.width, widget.styles.height = region.size
        self.call_after_refresh(self.catch_up)

    def _wants(self, view: SessionView, width: int) -> Wants:
        slots, gpu = self.query_one(SlotsPanel), self.query_one(GpuPanel)
        cards = len(view.gpu.gpus) if view.gpu is not None else 0
        return Wants(
            lambda most: slots.lines_wanted(view, slots.size.width or width, most - 2) + 2,
            lambda most: gpu.lines_wanted(view, gpu.size.width or width, most - 2) + 2,
            cards + 2,
            host=view.host is not None,
            told=slots.tells_failure(view),
        )

    def _lists(self, view: SessionView) -> tuple[str, ...]:
        """The list that was asked for, else the one that tells most (an attached server's log never does)."""
        told = view.requests or view.others or view.live or view.server.attached
        requests = ("requests",) if told else ()
        first = self._tab or next(iter(requests), "log")
        return (first, *(name for name in requests if name != first))
