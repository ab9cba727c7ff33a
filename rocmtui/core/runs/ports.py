"""The folder of past runs, as the app asks for it."""

from __future__ import annotations

from typing import Protocol

from rocmtui.core.runs.entry import RunEntry
from rocmtui.core.runs.preview import Preview


class RunShelf(Protocol):
    """The folder of past runs."""

    async def runs(self) -> tuple[RunEntry, ...]:
        """All runs, benches and sweeps, newest first."""

    async def preview(self, path: str) -> Preview:
        """What is seen of one beside the list. Raises RunFolderError."""

    async def page(self, path: str) -> str:
        """Its whole report as Markdown. Raises RunFolderError."""

    async def delete(self, path: str) -> None:
        """Remove one for good. Raises RunFolderError."""
