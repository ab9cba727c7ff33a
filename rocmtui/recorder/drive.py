"""Runs the app unattended in memory, by a script, and keeps what it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from textual.app import App
from textual.pilot import Pilot

from rocmtui.core.session.view import SessionView
from rocmtui.errors import UsageError
from rocmtui.recorder.frames import Frame, TimedFrame, capture
from rocmtui.recorder.script import Hold, Press, Shot, Step, Wait, reached

UPDATE_S = 0.02
"""A little longer than Textual waits between two updates of the screen."""
MOST_PASSES = 20


class FrameClock(Protocol):
    """Moves from frame to frame: real time for a live app, told time for a replay."""

    async def next_frame(self, seconds: float) -> None: ...


@dataclass
class Recording:
    """What was seen. Times are seconds from the first frame."""

    frames: list[TimedFrame] = field(default_factory=list)
    shots: dict[str, Frame] = field(default_factory=dict)
    end_s: float = 0.0


async def drive(
    app: App[Any],
    steps: Sequence[Step],
    view: Callable[[], SessionView],
    clock: FrameClock,
    *,
    poll: Callable[[], None],
    size: tuple[int, int] = (120, 40),
    frames_per_second: float = 4.0,
    longest_wait_s: float = 120.0,
) -> Recording:
    """Run `steps` against `app` at `size` (columns, rows), one frame each 1/`frames_per_second` seconds.

    `poll` makes the app draw what is new in its session.
    Raises UsageError when a wait is not over after `longest_wait_s` of the clock's time.
    """
    recording = Recording()
    frame_s = 1 / frames_per_second
    async with app.run_test(size=size, notifications=True) as pilot:

        async def take() -> None:
            poll()
            recording.frames.append(TimedFrame(recording.end_s, await settled(app, pilot)))

        await take()
        for step in steps:
            for _ in _frames_of(step, view, frame_s, longest_wait_s):
                await clock.next_frame(frame_s)
                recording.end_s += frame_s
                await take()
            match step:
                case Press(keys):
                    await pilot.press(*keys)
                case Shot(name):
                    recording.shots[name] = await settled(app, pilot)
                case _:
                    continue
            await take()
    return recording


def _frames_of(
    step: Step, view: Callable[[], SessionView], frame_s: float, longest_wait_s: float
) -> Iterator[None]:
    waited_s = 0.0
    limit_s = step.seconds if isinstance(step, Hold) else longest_wait_s
    while isinstance(step, Hold) or (isinstance(step, Wait) and not reached(step, view())):
        if waited_s >= limit_s - 1e-9:
            if isinstance(step, Wait):
                raise UsageError(f"gave up waiting for `{step.what} {step.value}`".rstrip())
            return
        yield
        waited_s += frame_s


async def settled(app: App[Any], pilot: Pilot[Any]) -> Frame:
    """What is shown once the layout has come to rest, so that the same script gives the same frames.

    A new height asks for a new layout, and that for new heights; each pass may wait for Textual's next
    update, a 60th of a second away.
    """
    before: Frame | None = None
    for _ in range(MOST_PASSES):
        await pilot.pause(UPDATE_S)
        shown = capture(app)
        if shown == before:
            break
        before = shown
    return shown
