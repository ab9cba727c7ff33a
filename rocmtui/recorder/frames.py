"""What the app shows at one moment, as plain data: lines of runs of equally styled text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual._context import visible_screen_stack
from textual.app import App

DEFAULT_FOREGROUND = "#d0d0d0"
DEFAULT_BACKGROUND = "#101010"


class Look(NamedTuple):
    """How a run is drawn; colours as `#rrggbb`."""

    foreground: str
    background: str
    bold: bool = False
    italic: bool = False
    underline: bool = False


class Run(NamedTuple):
    """Neighbouring cells of one look."""

    text: str
    look: Look


Line = tuple[Run, ...]
Frame = tuple[Line, ...]


class TimedFrame(NamedTuple):
    """A frame and when it was shown, in seconds from the first."""

    at_s: float
    frame: Frame


def capture(app: App[Any]) -> Frame:
    """The whole screen of a running app, modal screens included."""
    visible_screen_stack.set(app._background_screens)
    strips = app.screen._compositor.render_strips()
    return tuple(frame_line(list(strip)) for strip in strips)


def columns_of(frame: Frame) -> int:
    """How many cells the widest line takes."""
    return max((sum(cell_len(run.text) for run in line) for line in frame), default=80)


def frame_line(segments: list[Segment]) -> Line:
    """One line, with neighbours of one look joined."""
    runs: list[Run] = []
    for text, style, control in segments:
        if control or not text:
            continue
        look = _look(style or Style())
        if runs and runs[-1].look == look:
            runs[-1] = Run(runs[-1].text + text, look)
        else:
            runs.append(Run(text, look))
    return tuple(runs)


def distinct(frames: Iterable[TimedFrame]) -> list[TimedFrame]:
    """The frames that differ from the one before; of several at one moment the last."""
    kept: list[TimedFrame] = []
    for timed in frames:
        if kept and kept[-1].at_s == timed.at_s:
            kept.pop()
        if not kept or kept[-1].frame != timed.frame:
            kept.append(timed)
    return kept


def _look(style: Style) -> Look:
    foreground = _hex(style.color, DEFAULT_FOREGROUND)
    background = _hex(style.bgcolor, DEFAULT_BACKGROUND)
    if style.reverse:
        foreground, background = background, foreground
    if style.dim:
        foreground = _between(foreground, background)
    return Look(foreground, background, bool(style.bold), bool(style.italic), bool(style.underline))


def _hex(color: Color | None, default: str) -> str:
    return default if color is None or color.is_default else color.get_truecolor().hex


def _between(one: str, other: str) -> str:
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes((a * 3 + b * 2) // 5 for a, b in pairs).hex()
