"""`rocmtui record`: what the app shows as a cast, GIF or SVG, with nobody at the keys."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from rocmtui.cli.commands.show.replay import run_path
from rocmtui.cli.options.numbers import LONGEST_S, check_range
from rocmtui.core.text import forms
from rocmtui.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from rocmtui.recorder.drive import Recording
    from rocmtui.recorder.script import Step
    from rocmtui.services.session.replay import ReplaySession

USAGE = "rocmtui record OUT (--replay RUN | --demo | --live [MODEL]) [OPTIONS]"
DESCRIPTION = "Record the app unattended. The suffix of OUT chooses: .cast, .gif, or .svg (an animation)."
EXAMPLES = """\
  rocmtui record demo.gif --demo                     a packaged run
  rocmtui record run.cast --replay RUN --size 100x30
  rocmtui record still.svg --replay RUN --still      the last moment
  rocmtui record tour.gif --replay RUN --script tour.txt
  rocmtui record launch.svg --live --script keys.txt  the app itself
  rocmtui record live.cast --live demo --script tour.txt

script, a step a line:
  wait server ready | wait phase measured | wait end
  wait completed 20 | wait tokens 500
  hold 1.5 | press l | type 512 | shot dashboard.svg

A replay recorded twice gives the same bytes."""
MOST_FRAMES_PER_SECOND = 20
COLUMNS = (20, 400)
ROWS = (5, 200)
LONGEST_WAIT_S = 3600
SEE_HELP = "see `rocmtui record --help`"
LONGEST_LIVE_WAIT_S = 600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui record`."""
    parser.add_argument("out", metavar="OUT", help="the file to write: .cast, .gif or .svg")
    parser.add_argument("--replay", metavar="RUN", help="a run folder or a packed run")
    parser.add_argument("--demo", nargs="?", const="", metavar="NAME", help="a packaged run instead")
    parser.add_argument(
        "--live",
        nargs="?",
        const="",
        metavar="MODEL",
        help="the app itself: on its launch screen, on a model, or `demo`; needs --script",
    )
    parser.add_argument("--script", metavar="FILE", help="what to press and what to wait for")
    parser.add_argument("--size", default="120x40", metavar="COLSxROWS", help="default: 120x40")
    parser.add_argument("--theme", metavar="NAME", help="colours of the app")
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="0.5 to 16 (default: 1)")
    parser.add_argument("--fps", type=int, default=4, metavar="N", help="frames a second (default: 4)")
    parser.add_argument(
        "--from", type=float, default=0.0, metavar="S", dest="start_s", help="begin at S seconds"
    )
    parser.add_argument("--still", action="store_true", help="only the last moment, as one .svg")


def run(args: argparse.Namespace) -> int:
    """Record; returns the exit code."""
    from rocmtui.cli.options.theme import known_theme
    from rocmtui.core.session.face_ports import SPEEDS
    from rocmtui.recorder.script import DEFAULT_SCRIPT

    out = Path(args.out)
    if out.suffix not in (".cast", ".gif", ".svg"):
        raise UsageError(f"{out.name}: what kind of file is that?", "end its name in .cast, .gif or .svg")
    if args.still and out.suffix != ".svg":
        raise UsageError("--still makes an .svg", "name the file NAME.svg")
    size = _size(args.size)
    check_range("--fps", args.fps, 1, MOST_FRAMES_PER_SECOND)
    check_range("--speed", args.speed, SPEEDS[0], SPEEDS[-1])
    check_range("--from", args.start_s, 0, LONGEST_S)
    steps = _script(args.script) if args.script else DEFAULT_SCRIPT
    path = _source(args)
    known_theme(args.theme)
    os.environ.pop("NO_COLOR", None)
    os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
    recording = asyncio.run(_live(args, size, steps) if path is None else _replay(args, path, size, steps))
    from rocmtui.recorder.files import write_recording

    write_recording(recording, out, still=args.still, size=size)
    return ExitCode.DONE


def _size(text: str) -> tuple[int, int]:
    columns, _, rows = text.partition("x")
    try:
        size = (int(columns), int(rows))
    except ValueError:
        raise UsageError(f"--size {text} is no size", "for example --size 120x40") from None
    check_range("--size: columns", size[0], *COLUMNS)
    check_range("--size: rows", size[1], *ROWS)
    return size


def _source(args: argparse.Namespace) -> Path | None:
    """The run to replay; None for the app itself."""
    if args.live is None:
        return run_path(args.replay, args.demo)
    if args.replay is not None or args.demo is not None:
        raise UsageError("--live, --replay and --demo exclude each other", "choose one")
    if args.speed != 1 or args.start_s:
        raise UsageError("--speed and --from belong to a replay", "leave them out with --live")
    if args.script is None:
        raise UsageError("--live needs a script that comes to an end", SEE_HELP)
    return None


def _script(file: str) -> tuple[Step, ...]:
    from rocmtui.recorder.script import parse_script

    try:
        return parse_script(Path(file).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"cannot read the script {file}: {reason}", SEE_HELP) from error
    except UsageError as error:
        raise UsageError(f"{file}: {error.message}", error.remedy or SEE_HELP) from None


async def _replay(
    args: argparse.Namespace, path: Path, size: tuple[int, int], steps: tuple[Step, ...]
) -> Recording:
    from rocmtui.adapters.machine.clock import ToldClock
    from rocmtui.adapters.runs.pack import open_run
    from rocmtui.cli.run.parts import result_card
    from rocmtui.recorder.drive import drive
    from rocmtui.tui.app.base import RocmtuiApp
    from rocmtui.tui.runs.replay import ReplayScreen
    from rocmtui.wiring.replays import replay_session

    clock = ToldClock()
    with open_run(path) as run:
        session = replay_session(run, clock, speed=args.speed)
        _check_start(args.start_s, session)
        session.seek(int(args.start_s * 1e9))
        app = RocmtuiApp(
            session,
            first_screen=lambda: ReplayScreen(session),
            theme=args.theme,
            result=lambda _: result_card(str(path), path.name if args.demo else ""),
        )
        return await drive(
            app,
            steps,
            session.view,
            clock,
            poll=app.poll,
            size=size,
            frames_per_second=args.fps,
            longest_wait_s=LONGEST_WAIT_S,
        )


def _check_start(start_s: float, session: ReplaySession) -> None:
    replay = session.view().replay
    end_s = replay.duration_ns / 1e9 if replay else 0.0
    if start_s > end_s:
        raise UsageError(
            f"--from {start_s:g} is beyond the end of the run",
            f"it lasts {forms.duration(end_s)}",
        )


async def _live(args: argparse.Namespace, size: tuple[int, int], steps: tuple[Step, ...]) -> Recording:
    """The app over a session of its own, in real time; server and load end with it."""
    from rocmtui.adapters.machine.clock import FrameTimer
    from rocmtui.cli.options.server import model_file
    from rocmtui.cli.run.demo import begin_demo
    from rocmtui.cli.run.parts import parts
    from rocmtui.core.server.state import LaunchPlan
    from rocmtui.recorder.drive import drive
    from rocmtui.tui.app.live import LiveApp
    from rocmtui.wiring.sessions import live_session

    plan = LaunchPlan(model=model_file(args.live)) if args.live not in ("", "demo") else None
    session = live_session()
    session.begin()
    app = LiveApp(
        session,
        parts(session),
        first=plan or ((lambda: begin_demo(session)) if args.live else None),
        theme=args.theme,
    )
    try:
        return await drive(
            app,
            steps,
            session.view,
            FrameTimer(),
            poll=app.poll,
            size=size,
            frames_per_second=args.fps,
            longest_wait_s=LONGEST_LIVE_WAIT_S,
        )
    finally:
        await session.close()
