"""Keeping and forgetting the launch screen's profiles, each after a question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen

from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.launch_memory import LaunchMemory, name_problem
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dialogs.confirm import AskNameScreen, ConfirmScreen


class ProfileDialogs:
    """Asks on top of a screen; `changed` is called with the name that is chosen then."""

    def __init__(
        self, screen: Screen[Any], memory: LaunchMemory, changed: Callable[[str | None], object]
    ) -> None:
        self._screen = screen
        self._memory = memory
        self._changed = changed

    def keep(self, plan: LaunchPlan, current: str | None) -> None:
        """Keep a plan under a name that is asked for."""

        def keep(name: str | None) -> None:
            if name and not self.tell(self._memory.keep_profile(name, plan)):
                self._screen.notify(f"profile {name} kept", timeout=3, markup=False)
                self._changed(name)

        asked = AskNameScreen("keep profile", "Name for these settings:", current or "", name_problem)
        self._screen.app.push_screen(asked, keep)

    def forget(self, name: str | None) -> None:
        """Forget a profile."""
        if name is None:
            self._screen.notify("choose a profile first", severity="warning")
            return

        def forget(sure: bool | None) -> None:
            if sure and not self.tell(self._memory.forget_profile(name)):
                self._changed(None)

        question = f"Forget {clean_line(name, 60)}?"
        self._screen.app.push_screen(ConfirmScreen("forget profile", question, yes="forget"), forget)

    def tell(self, problem: str | None) -> bool:
        """Say what could not be kept; whether there was such a thing."""
        if problem:
            self._screen.notify(problem, title="not kept", severity="warning", markup=False)
        return problem is not None
