"""The dashboard with the keys of a live session at its foot."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from rocmtui.tui.dashboard.screen import Dashboard


class LiveDashboard(Dashboard):
    """What one can open from it is the app's to do."""

    KINDS = frozenset({"dashboard", "live"})
    KEYS = (
        ("l", "load", "app.load_plan"),
        ("+/−", "workers", "app.more"),
        ("space", "pause", "app.pause"),
        ("x", "stop", "app.stop_load"),
        ("q", "quit", "app.quit_run"),
        ("s", "server", "app.server"),
        ("o", "runs", "app.runs"),
        ("b", "bench", "app.bench"),
        ("W", "sweep", "app.sweep"),
        ("e", "explain", "screen.explain"),
        ("1-7", "panels", "screen.only('1')"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [("x", "app.stop_load", "stop the load; its run is kept")]
