"""Writes frames as an asciicast v2 file, the format terminal players read."""

from __future__ import annotations

import json
from typing import TextIO

from rocmtui.recorder.frames import Frame, Line, Look

_RESET = "\x1b[0m"


class CastWriter:
    """Writes a header at once and then, for each frame, the lines that changed."""

    def __init__(self, file: TextIO, width: int, height: int) -> None:
        self._file = file
        self._last: Frame = ()
        self._size = (width, height)
        header = {"version": 2, "width": width, "height": height, "title": "rocmtui"}
        header["env"] = {"TERM": "xterm-256color", "SHELL": "/bin/sh"}
        file.write(json.dumps(header) + "\n")

    def resize(self, width: int, height: int, at_s: float) -> None:
        """The terminal has another size from now on; nothing to do when it has not."""
        if (width, height) != self._size:
            self._size, self._last = (width, height), ()
            self._file.write(json.dumps([round(at_s, 3), "r", f"{width}x{height}"]) + "\n")

    def write(self, at_s: float, frame: Frame) -> None:
        """Add a frame shown `at_s` seconds after the first; an unchanged one writes nothing."""
        changed = [
            f"\x1b[{number + 1};1H{_ansi(line)}"
            for number, line in enumerate(frame)
            if number >= len(self._last) or self._last[number] != line
        ]
        if not changed:
            return
        start = "" if self._last else "\x1b[?25l\x1b[2J"
        self._last = frame
        self._file.write(json.dumps([round(at_s, 3), "o", start + "".join(changed)]) + "\n")
        self._file.flush()


def _ansi(line: Line) -> str:
    return "".join(_codes(run.look) + run.text for run in line) + _RESET


def _codes(look: Look) -> str:
    flags = "".join(f";{code}" for code, on in ((1, look.bold), (3, look.italic), (4, look.underline)) if on)
    return f"\x1b[0{flags};38;2;{_rgb(look.foreground)};48;2;{_rgb(look.background)}m"


def _rgb(color: str) -> str:
    return ";".join(str(part) for part in bytes.fromhex(color[1:]))
