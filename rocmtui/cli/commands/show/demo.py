"""`rocmtui demo`: everything at once, on any machine."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from rocmtui.cli.interrupts import held
from rocmtui.cli.options.numbers import LONGEST_S, SHORTEST_S, check_range, refuse_given
from rocmtui.cli.output.targets import check_json, deliver, report_face

if TYPE_CHECKING:
    from rocmtui.services.session.live import LiveSession

HEADLESS_SECONDS = 20.0
USAGE = "rocmtui demo [OPTIONS]"
DESCRIPTION = "Start the embedded server with a small real model and four slots, and load it."
EXAMPLES = """\
  rocmtui demo                            in the app
  rocmtui demo --headless --seconds 20    without a terminal, a summary last
  rocmtui demo --parallel 2 --concurrency 8"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui demo`."""
    parser.add_argument("--headless", action="store_true", help="no app: run, print a summary, end")
    parser.add_argument("--seconds", type=float, metavar="S", help="measured seconds (headless: 20)")
    parser.add_argument("-np", "--parallel", type=int, default=4, metavar="N", help="slots (default: 4)")
    parser.add_argument("--concurrency", type=int, default=4, metavar="N", help="workers (default: 4)")
    parser.add_argument("--json", metavar="FILE", help="headless: write the report; - prints it alone")
    parser.add_argument("--theme", metavar="NAME", help="colours of the app")


def run(args: argparse.Namespace) -> int:
    """Run the demo; returns the exit code."""
    from rocmtui.core.load.draft.amounts import MAX_CONCURRENCY
    from rocmtui.core.session.launch import MAX_SLOTS

    check_range("--parallel", args.parallel, 1, MAX_SLOTS)
    check_range("--concurrency", args.concurrency, 1, MAX_CONCURRENCY)
    check_range("--seconds", args.seconds, SHORTEST_S, LONGEST_S)
    if not args.headless:
        refuse_given(args, ("json",), "--headless", "give --headless, or leave it out")
    check_json(args.json)
    return _headless(args) if args.headless else _in_app(args)


def _in_app(args: argparse.Namespace) -> int:
    """The demo on the screen."""
    from rocmtui.cli.run.app import run_app
    from rocmtui.cli.run.demo import begin_demo

    def first(session: LiveSession) -> Callable[[], Awaitable[None]]:
        return lambda: begin_demo(session, args.parallel, args.concurrency, args.seconds)

    return run_app(first, theme=args.theme)


def _headless(args: argparse.Namespace) -> int:
    """The demo without a screen; prints the summary table."""
    with held():
        from rocmtui.cli.output.load_progress import Progress
        from rocmtui.cli.output.reports import run_texts
        from rocmtui.cli.run.demo import begin_demo
        from rocmtui.cli.run.headless import run_headless
        from rocmtui.core.report.exit_code import exit_code_of
        from rocmtui.wiring.sessions import live_session

    seconds = args.seconds or HEADLESS_SECONDS
    progress = Progress(sys.stderr, duration_s=seconds)
    session = live_session(listeners=(progress,))
    done = asyncio.run(
        run_headless(session, lambda: begin_demo(session, args.parallel, args.concurrency, seconds))
    )
    with held():
        args.reported = True
        progress.clear()
        texts = run_texts(done.report, report_face(args.json), done.path)
        deliver(args.json, texts.terminal, texts.json, done.path)
    return exit_code_of(done.report)


def interrupted(args: argparse.Namespace) -> None:
    """Before the load began: who waits for the report gets one that says so."""
    from rocmtui.cli.output.reports import deliver_interrupted
    from rocmtui.services.session.demo import demo_scenario

    if args.json:
        deliver_interrupted(args.json, demo_scenario(args.concurrency, args.seconds or HEADLESS_SECONDS))
