"""What the launch screen leads to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

from rocmtui.core.server.state import LaunchPlan

if TYPE_CHECKING:
    from rocmtui.core.runs.entry import RunEntry


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
