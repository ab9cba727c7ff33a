"""What every screen of the app shares: it is given views, and below 60x16 it says one sentence."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from textual import events
from textual.screen import Screen
from textual.widgets import Static

from rocmtui.core.session.view import SessionView
from rocmtui.tui.draw.host import Host
from rocmtui.tui.draw.opening import OpensQuickly
from rocmtui.tui.draw.panel import Drawn

LEAST_WIDTH, LEAST_HEIGHT = 60, 16
TIGHT = 76
"""Below so many columns nothing stands beside anything else."""


class TooSmall(Static):
    """The one sentence of a terminal that is too small; every ViewScreen composes one."""


class ViewScreen(OpensQuickly, Screen[None]):
    """A screen the app hands each new SessionView while it is on top."""

    AUTO_FOCUS = ""
    KINDS: ClassVar[frozenset[str]] = frozenset()
    """What it is to the app, whose keys ask at each paint: so no screen is imported before it is opened."""

    @property
    def is_in_something(self) -> bool:
        """Whether Esc has something to leave before the screen itself."""
        return False

    @property
    def rocmtui(self) -> Host:
        """The app, typed."""
        return cast(Host, self.app)

    @property
    def is_in_use(self) -> bool:
        """Whether it is shown or below another; once it is left its widgets go before it does."""
        return self.is_attached and self in self.app.screen_stack

    def show_view(self, view: SessionView) -> None:
        """Hand the view to every hand-drawn widget that is visible."""
        for widget in self.query(Drawn):
            if widget.display:
                widget.show_view(view)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Catch up on what happened below another screen."""
        self.call_after_refresh(self.catch_up)

    def catch_up(self) -> None:
        """Draw the newest view, unless another screen has come on top meanwhile."""
        if self.is_current:
            self.show_view(self.rocmtui.view)

    def on_resize(self, event: events.Resize) -> None:
        """Say so where there is too little room."""
        width, height = event.size
        tiny = width < LEAST_WIDTH or height < LEAST_HEIGHT
        self.set_class(tiny, "-tiny")
        self.set_class(width < TIGHT, "-tight")
        for sentence in self.query(TooSmall):
            sentence.update(
                f"rocmtui needs {LEAST_WIDTH}x{LEAST_HEIGHT}; this terminal is {width}x{height}. "
                "The run goes on."
            )

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The foot tells of the panel that has the focus now."""
        self.call_after_refresh(self._tell_keys)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """And no more of the one that had it."""
        self.call_after_refresh(self._tell_keys)

    async def action_focused(self, action: str) -> None:
        """A key of the focused panel, clicked at the foot."""
        if self.focused is not None:
            await self.app.run_action(action, self.focused)

    def _tell_keys(self) -> None:
        for line in self.query(".key-line").results(Drawn):
            line.redraw()


def is_a(screen: Screen[Any] | None, *kinds: str) -> bool:
    """Whether the screen is of one of these kinds."""
    return isinstance(screen, ViewScreen) and not screen.KINDS.isdisjoint(kinds)
