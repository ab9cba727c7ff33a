"""`rocmtui demo`: everything at once, on any machine."""

from __future__ import annotations

import argparse

from rocmtui.errors import UsageError

DESCRIPTION = "Start the embedded server with a small real model and four slots, and load it."
EXAMPLES = """\
  rocmtui demo                            in the app
  rocmtui demo --headless --seconds 20    without a terminal, ends with a summary
  rocmtui demo --parallel 2 --concurrency 8"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui demo`."""
    parser.add_argument("--headless", action="store_true", help="no app: run, print a summary, end")
    parser.add_argument("--seconds", type=float, metavar="S", help="measured seconds (headless: 20)")
    parser.add_argument("-np", "--parallel", type=int, default=4, metavar="N", help="slots (default: 4)")
    parser.add_argument("--concurrency", type=int, default=4, metavar="N", help="workers (default: 4)")
    parser.add_argument("--theme", metavar="NAME", help="colours of the app")


def run(args: argparse.Namespace) -> int:
    """Run the demo; returns the exit code."""
    for name in ("parallel", "concurrency"):
        if getattr(args, name) < 1:
            raise UsageError(f"--{name} {getattr(args, name)}: at least 1 is needed")
    if args.seconds is not None and args.seconds <= 0:
        raise UsageError(f"--seconds {args.seconds:g}: give a time to measure", "for example --seconds 20")
    from rocmtui.cli import demo_runner

    return demo_runner.headless(args) if args.headless else demo_runner.in_app(args)
