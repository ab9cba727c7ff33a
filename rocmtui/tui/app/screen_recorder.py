"""What the keys `R` and `p` do: record what the app shows, and say where it is."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from textual.app import App

from rocmtui.core.text.sanitize import clean_line

SAVING_S = 1
TOLD_S = 8
"""How long the file's name stays on the screen."""


class ScreenRecorder(Protocol):
    """Writes what an app shows to files, in a folder of its own choice."""

    @property
    def recording_since_ns(self) -> int | None:
        """When the recording under way began; None when there is none."""
        ...

    def start(self, app: App[Any]) -> str:
        """Begin to record; the file. Raises RocmtuiError."""
        ...

    def stop(self) -> str | None:
        """End the recording; its file, None when there is none."""
        ...

    async def picture(self, app: App[Any]) -> str:
        """Save one picture; its file. Raises RocmtuiError."""
        ...


def toggle_recording(app: App[Any], recorder: ScreenRecorder) -> None:
    """Begin to record, or end that. Raises RocmtuiError when no file can be made."""
    if recorder.recording_since_ns is None:
        _tell(app, f"recording to {recorder.start(app)}")
    elif path := recorder.stop():
        _tell(app, f"recorded to {path}")


async def save_picture(app: App[Any], recorder: ScreenRecorder) -> None:
    """Save what is shown, and say at once that one does. Raises RocmtuiError when it cannot be written."""
    saving = asyncio.ensure_future(recorder.picture(app))
    await asyncio.sleep(0)  # what we say is not in it
    if not saving.done():
        app.notify("saving a picture…", timeout=SAVING_S)
    _tell(app, f"picture saved to {await saving}")


def _tell(app: App[Any], said: str) -> None:
    app.notify(clean_line(said, 400), markup=False, timeout=TOLD_S)
