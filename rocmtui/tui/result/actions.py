"""What the card of a result leads to."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class ResultActions(msgspec.Struct, frozen=True):
    """What a card leads to besides its own text."""

    again: Callable[[], object] | None = None
    """Run the same load again; None where that cannot be, as in a replay."""
    dashboard: str = "dashboard"
