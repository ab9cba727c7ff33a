"""The dashboard with the keys of a live session at its foot."""

from __future__ import annotations

from rocmtui.tui.screens.dashboard import Dashboard


class LiveDashboard(Dashboard):
    """What one can open from it is the app's to do."""

    KEYS = (
        ("l", "load", "app.load_plan"),
        ("+/−", "workers", "app.more"),
        ("space", "pause", "app.pause"),
        ("s", "server", "app.server"),
        ("o", "runs", "app.runs"),
        ("b", "bench", "app.bench"),
        ("e", "explain", "screen.explain"),
        ("1-8", "panels", "screen.only('1')"),
        ("q", "quit", "app.quit_run"),
    )
