"""Records the app while a user works in it: a cast of what is shown, and single pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from textual.app import App
from textual.timer import Timer

from rocmtui.adapters.machine.files import telling
from rocmtui.core.session.ports import Clock

if TYPE_CHECKING:
    from rocmtui.recorder.cast import CastWriter
    from rocmtui.recorder.frames import Frame

FRAMES_PER_SECOND = 4


@dataclass
class _Cast:
    """A cast being written."""

    path: Path
    file: TextIO
    writer: CastWriter
    started_ns: int
    timer: Timer


class LiveRecorder:
    """Implements tui.screen_recorder.ScreenRecorder. `folder` is asked for a place each time one is needed.

    Only what the screen shows is written: no prompt and no key is ever drawn there.
    """

    def __init__(self, folder: Callable[[], Path], clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._cast: _Cast | None = None

    @property
    def recording_since_ns(self) -> int | None:
        """When the recording under way began; None when there is none."""
        return self._cast.started_ns if self._cast else None

    def start(self, app: App[Any]) -> str:
        """Begin a cast of `app`; its path. Raises RunFolderError when the file cannot be made."""
        from rocmtui.recorder.cast import CastWriter

        path = self._new_path(".cast")
        with telling(f"cannot write {path}"):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("x", encoding="utf-8")
        started_ns = self._clock.monotonic_ns()
        timer = app.set_interval(1 / FRAMES_PER_SECOND, lambda: self._take(app))
        self._cast = _Cast(path, file, CastWriter(file, *app.size), started_ns, timer)
        self._take(app)
        return str(path)

    def stop(self) -> str | None:
        """End the cast under way; its path, or None when there was none or it could not be written."""
        cast, self._cast = self._cast, None
        if cast is None:
            return None
        cast.timer.stop()
        try:
            cast.file.close()
        except OSError:
            return None
        return str(cast.path)

    def close(self) -> None:
        """End what is under way when the app ends."""
        self.stop()

    async def picture(self, app: App[Any]) -> str:
        """Save what is shown now as SVG and, with Pillow, as PNG; the files' paths.

        Drawn in a thread: it takes a fifth of a second. Raises RunFolderError when they cannot be written.
        """
        from rocmtui.recorder.frames import capture

        path, frame = self._new_path(".svg"), capture(app)
        with telling(f"cannot write {path}"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(exist_ok=False)  # the name is taken from now on
            return await asyncio.to_thread(_write_picture, path, frame)

    def _take(self, app: App[Any]) -> None:
        cast = self._cast
        if cast is None or not app.screen_stack:
            return
        from rocmtui.recorder.frames import capture

        elapsed_s = (self._clock.monotonic_ns() - cast.started_ns) / 1e9
        try:
            cast.writer.resize(*app.size, at_s=elapsed_s)
            cast.writer.write(elapsed_s, capture(app))
        except OSError as error:
            self.stop()
            app.notify(f"cannot write {cast.path}: {error.strerror}", severity="error", markup=False)

    def _new_path(self, suffix: str) -> Path:
        """A name nobody has: the time to the second, and a number where that is not enough."""
        from rocmtui.core.text.documents import iso_utc

        stamp = iso_utc(self._clock.unix_ns()).replace(":", "").replace("-", "")
        folder = self._folder()
        path, number = folder / f"screen-{stamp}{suffix}", 2
        while path.exists():
            path, number = folder / f"screen-{stamp}-{number}{suffix}", number + 1
        return path


def _write_picture(path: Path, frame: Frame) -> str:
    from rocmtui.recorder.svg import still_picture

    path.write_text(still_picture(frame), encoding="utf-8")
    try:
        from rocmtui.recorder.gif import write_png
    except ImportError:
        return f"{path} (a PNG too with: pip install 'rocmtui[record]')"
    with path.with_suffix(".png").open("wb") as file:
        write_png(file, frame)
    return f"{path} and .png"
