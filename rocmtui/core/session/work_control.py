"""Long work, a bench or a sweep, as the app holds it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Protocol, TypeVar

ViewT = TypeVar("ViewT", covariant=True)


class WorkControl(Protocol[ViewT]):
    """Runs, is watched and can be stopped."""

    @property
    def view(self) -> ViewT:
        """The newest view; another object on every change."""

    @property
    def running(self) -> bool: ...

    @property
    def where(self) -> str:
        """The folder it is kept in."""

    async def run(self) -> None:
        """Everything still to do; its report is on disk at the end, also when cancelled."""

    async def stop(self) -> None:
        """Interrupt it; returns when its report is written."""

    def text(self) -> Callable[[int | None], str]:
        """The report so far; what writes it for a terminal of so many columns, or of as many as it takes."""


def resume_command(where: str) -> str:
    """What goes on with an interrupted bench."""
    return f"rocmtui bench --resume {shlex.quote(where)}"
