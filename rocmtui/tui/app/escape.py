"""Esc, heard soon: a terminal sends it alone, and as the beginning of arrows and other keys."""

from __future__ import annotations

import selectors
from collections.abc import Mapping
from types import SimpleNamespace

from textual import constants
from textual.drivers import linux_driver

ESCAPE_S = 0.05
"""How long an Esc waits for the rest of a key that begins with it, where ESCDELAY says nothing else."""


class QuickSelector(selectors.SelectSelector):
    """Looks up as soon as an Esc has waited long enough."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As the selector, for so long at most."""
        return super().select(ESCAPE_S if timeout is None else min(timeout, ESCAPE_S))


def hear_escape_soon(environment: Mapping[str, str]) -> None:
    """Textual's own waits 0.1 s, and looks only each 0.1 s: every Esc would be late."""
    if "ESCDELAY" not in environment:
        vars(constants)["ESCAPE_DELAY"] = ESCAPE_S
        quick = SimpleNamespace(SelectSelector=QuickSelector, EVENT_READ=selectors.EVENT_READ)
        vars(linux_driver)["selectors"] = quick
