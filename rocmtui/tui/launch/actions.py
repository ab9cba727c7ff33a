"""What the launch screen leads to, and the keys at its foot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

from rocmtui.core.server.state import LaunchPlan

if TYPE_CHECKING:
    from rocmtui.core.runs.entry import RunEntry

KEYS = (
    ("enter", "start", "screen.start"),
    ("b", "bench", "app.bench"),
    ("W", "sweep", "app.sweep"),
    ("y", "copy command", "screen.copy"),
    ("d", "demo", "screen.leave('demo')"),
    ("a", "attach", "screen.leave('attach')"),
    ("o", "runs", "screen.leave('runs')"),
    ("q", "quit", "app.quit_run"),
    ("/", "find", "screen.filter"),
    ("+", "add a folder", "screen.add_folder"),
    ("w", "keep profile", "screen.keep_profile"),
    ("x", "forget profile", "screen.forget_profile"),
    ("r", "search again", "screen.search"),
)


class LaunchActions(msgspec.Struct, frozen=True):
    """What the launch screen leads to."""

    start: Callable[[LaunchPlan], object]
    demo: Callable[[], object]
    attach: Callable[[], object]
    runs: Callable[[], object]
    past: Callable[[], Awaitable[tuple[RunEntry, ...]]] | None = None
    """Past runs, newest first, for what a model did here before."""
    back: Callable[[], object] | None = None
    """Where Esc leads; None where there is nothing below."""
