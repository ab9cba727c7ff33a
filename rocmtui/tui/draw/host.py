"""What widgets and screens need of the app they live in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from rocmtui.core.session.view import SessionView
from rocmtui.tui.draw.palette import Palette


class Host(Protocol):
    """The app, as its screens and hand-drawn widgets know it."""

    palette: Palette

    @property
    def view(self) -> SessionView:
        """The newest view."""
        ...

    @property
    def is_recording(self) -> bool:
        """Whether what is shown is being recorded."""
        ...

    def poll(self) -> None:
        """Take the session's newest view now."""
        ...

    def perform(self, action: Callable[[], Awaitable[object]]) -> None:
        """Run something that may take time or be refused; a refusal is told."""
        ...
