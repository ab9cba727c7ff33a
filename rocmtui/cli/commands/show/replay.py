"""`rocmtui replay`: any run again, in the app."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from rocmtui.cli.options.numbers import check_range
from rocmtui.errors import ExitCode, UsageError

USAGE = "rocmtui replay (RUN | --demo [NAME]) [OPTIONS]"
if TYPE_CHECKING:
    from rocmtui.tui.app.base import RocmtuiApp

DESCRIPTION = "Play a run again in the app, as it was seen: pause, seek, step, 0.5 to 16 times as fast."
EXAMPLES = """\
  rocmtui replay RUN           a run folder, or a file of `rocmtui runs pack`
  rocmtui replay RUN --speed 4
  rocmtui replay --demo        a packaged run; needs no server and no GPU
  rocmtui replay --demo gpu    the one named gpu
keys: space hold, left and right 5 s back and on, home and end,
      + and − step, [ and ] slower and faster"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui replay`."""
    parser.add_argument("run", nargs="?", metavar="RUN", help="a run folder or a packed run")
    parser.add_argument("--demo", nargs="?", const="", metavar="NAME", help="a packaged run instead")
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="0.5 to 16 (default: 1)")
    parser.add_argument("--theme", metavar="NAME", help="colours of the app")


def run_path(run: str | None, demo: str | None) -> Path:
    """The run the options mean. Raises UsageError naming the packaged runs."""
    from rocmtui.adapters.runs.demo_runs import demo_run, demo_runs
    from rocmtui.adapters.runs.names import find_folder

    if (run is None) == (demo is None):
        raise UsageError("give a RUN or --demo", f"packaged: {', '.join(demo_runs())}")
    if demo is not None:
        return demo_run(demo)
    return find_folder(run or "")


def run(args: argparse.Namespace) -> int:
    """Open the app on the run; returns the exit code."""
    from rocmtui.adapters.machine.clock import SystemClock
    from rocmtui.adapters.runs.pack import open_run
    from rocmtui.cli.options.theme import known_theme
    from rocmtui.cli.output.streams import need_terminal
    from rocmtui.cli.run.app import saved_theme
    from rocmtui.cli.run.parts import result_card, screen_recorder
    from rocmtui.core.session.face_ports import SPEEDS
    from rocmtui.wiring.replays import replay_session

    check_range("--speed", args.speed, SPEEDS[0], SPEEDS[-1])
    path = run_path(args.run, args.demo)
    theme = known_theme(args.theme)
    import asyncio

    need_terminal()
    with open_run(path) as data, closing(screen_recorder()) as recorder:
        session = replay_session(data, SystemClock(), speed=args.speed)
        from rocmtui.tui.app.base import RocmtuiApp
        from rocmtui.tui.runs.replay import ReplayScreen

        app = RocmtuiApp(
            session,
            first_screen=lambda: ReplayScreen(session),
            theme=theme or saved_theme(),
            result=lambda _: result_card(str(path), path.name if args.demo else ""),
            recorder=recorder,
        )
        return asyncio.run(_shown(app))


async def _shown(app: RocmtuiApp) -> int:
    from rocmtui.cli.run.signals import ending_an_app

    with ending_an_app(lambda: app.exit(ExitCode.INTERRUPTED), ExitCode.INTERRUPTED):
        return await app.run_async() or ExitCode.DONE
