"""The small language that drives a recording: keys, and waits on states instead of seconds.

# a line a step
wait server ready        until the server is in that state
wait phase measured      until the load is in that phase
wait completed 20        until so many requests completed (also: tokens, failed)
wait end                 until a replay is at its end
hold 1.5                 let it be seen for so long
press l                  a key by Textual's name: l, plus, enter, ctrl+p ...
type 512                 letters, one after the other
shot dashboard.svg       a still of this moment, beside the output
"""

from __future__ import annotations

import shlex

import msgspec

from rocmtui.core.session.view import SessionView
from rocmtui.errors import UsageError

COUNTS = {"completed": "completed", "tokens": "output_tokens", "failed": "failed"}
"""What can be waited for to the live snapshot's name of it."""


class Wait(msgspec.Struct, frozen=True):
    """Go on when `what` is `value`, or has reached it."""

    what: str
    value: str


class Hold(msgspec.Struct, frozen=True):
    """Let time pass."""

    seconds: float


class Press(msgspec.Struct, frozen=True):
    """Press keys, one after the other."""

    keys: tuple[str, ...]


class Shot(msgspec.Struct, frozen=True):
    """Save a still under this name."""

    name: str


Step = Wait | Hold | Press | Shot

DEFAULT_SCRIPT: tuple[Step, ...] = (Wait("end", ""), Hold(1.0))


def parse_script(text: str) -> tuple[Step, ...]:
    """The steps of a script. Raises UsageError naming the line."""
    steps: list[Step] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise UsageError(f"line {number} of the script: {error}") from error
        if words:
            steps.append(_step(words, number))
    if not steps:
        raise UsageError("the script has no steps", "see `rocmtui record --help`")
    return tuple(steps)


def _step(words: list[str], number: int) -> Step:
    match words:
        case ["wait", "end"]:
            return Wait("end", "")
        case ["wait", ("server" | "phase") as what, value]:
            return Wait(what, value)
        case ["wait", what, value] if what in COUNTS and value.isdecimal():
            return Wait(what, value)
        case ["hold", seconds] if seconds.replace(".", "", 1).isdecimal():
            return Hold(float(seconds))
        case ["press", key]:
            return Press((key,))
        case ["type", text]:
            return Press(tuple(text))
        case ["shot", name] if name.endswith(".svg"):
            return Shot(name)
    raise UsageError(
        f"line {number} of the script: {' '.join(words)!r} is no step",
        "steps are: wait, hold, press, type, shot NAME.svg",
    )


def reached(wait: Wait, view: SessionView) -> bool:
    """Whether what a step waits for has happened."""
    live = view.live
    match wait.what:
        case "server":
            return view.server.state.value == wait.value
        case "phase":
            return live is not None and live.phase == wait.value
        case "end":
            done = view.replay is not None and view.replay.position_ns >= view.replay.duration_ns
            return done or (view.replay is None and live is not None and live.phase == "done")
    return (getattr(live, COUNTS[wait.what]) if live else 0) >= int(wait.value)
