"""`rocmtui demo`: everything at once, on any machine."""

from __future__ import annotations

import argparse

from rocmtui.cli.numbers import LONGEST_S, SHORTEST_S, check_range

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
    from rocmtui.core.launch import MAX_SLOTS
    from rocmtui.core.load_draft import MAX_CONCURRENCY

    check_range("--parallel", args.parallel, 1, MAX_SLOTS)
    check_range("--concurrency", args.concurrency, 1, MAX_CONCURRENCY)
    check_range("--seconds", args.seconds, SHORTEST_S, LONGEST_S)
    from rocmtui.cli import demo_runner

    return demo_runner.headless(args) if args.headless else demo_runner.in_app(args)
