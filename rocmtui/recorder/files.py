"""Writes a recording in the form its file's suffix asks for."""

from __future__ import annotations

import io
from pathlib import Path

from rocmtui.adapters.machine.files import telling
from rocmtui.errors import UsageError
from rocmtui.recorder.cast import CastWriter
from rocmtui.recorder.drive import Recording
from rocmtui.recorder.frames import TimedFrame, distinct
from rocmtui.recorder.svg import animation, still_picture


def write_recording(recording: Recording, out: Path, *, size: tuple[int, int], still: bool = False) -> None:
    """Write `out` (.cast, .gif or .svg) and the stills of the script beside it.

    Raises UsageError when a file cannot be written, or a GIF is asked for without Pillow.
    """
    data = _bytes(recording, out.suffix, size, still)
    with telling(f"cannot write {out}", "give another file", UsageError):
        out.write_bytes(data)
        for name, frame in recording.shots.items():
            (out.parent / name).write_text(still_picture(frame), encoding="utf-8")


def _bytes(recording: Recording, suffix: str, size: tuple[int, int], as_still: bool) -> bytes:
    if as_still:
        return still_picture(recording.frames[-1].frame).encode()
    shown = distinct(recording.frames)
    if suffix == ".cast":
        text = io.StringIO()
        cast = CastWriter(text, *size)
        for timed in shown:
            cast.write(*timed)
        return text.getvalue().encode()
    if suffix == ".svg":
        return animation(shown, recording.end_s).encode()
    return _gif(shown, recording.end_s)


def _gif(frames: list[TimedFrame], end_s: float) -> bytes:
    try:
        from rocmtui.recorder.gif import write_gif
    except ImportError as error:
        remedy = "pip install 'rocmtui[record]', or write a .cast or .svg"
        raise UsageError("a GIF needs Pillow", remedy) from error
    data = io.BytesIO()
    write_gif(data, frames, end_s)
    return data.getvalue()
