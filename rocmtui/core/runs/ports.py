"""The folder of past runs, as the app asks for it."""

from __future__ import annotations

from typing import Protocol

from rocmtui.core.runs.entry import RunEntry


class RunShelf(Protocol):
    """The folder of past runs."""

    async def runs(self) -> tuple[RunEntry, ...]:
        """All runs, newest first."""

    async def delete(self, path: str) -> None:
        """Remove one run for good. Raises RunFolderError."""
