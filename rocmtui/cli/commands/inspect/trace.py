"""`rocmtui trace`: what a recorded trace holds, before it is replayed."""

from __future__ import annotations

import argparse
import sys

from rocmtui.cli.options.traces import add_trace_options, plan_of
from rocmtui.errors import ExitCode

USAGE = "rocmtui trace info FILE [OPTIONS]"
DESCRIPTION = "Draw what a trace holds: arrivals, lengths, and how much of its prompts is shared."
EXAMPLES = """\
  rocmtui trace info mooncake.jsonl
  rocmtui trace info mooncake.jsonl --sessions 0.1 --max-context 16384
  rocmtui load --url http://127.0.0.1:8080 --trace mooncake.jsonl
Mooncake and Bailian (JSONL), BurstGPT (CSV), Weka/AgentX (conversations with
sub-agents; a file, JSONL or a folder), and what `rocmtui runs trace RUN` wrote."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui trace`."""
    parser.add_argument("action", choices=("info",), help="what to do")
    parser.add_argument("file", metavar="FILE", help="the trace; of Weka's also a folder")
    add_trace_options(parser.add_argument_group("as `load --trace` would send it"))
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of --sessions (default: 1)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    from rocmtui.adapters.load.trace_file import open_trace
    from rocmtui.cli.output.face import Face
    from rocmtui.cli.output.trace import trace_text
    from rocmtui.core.load.traces.figures import figures_of, left_out_words
    from rocmtui.core.text.documents import pretty

    trace = open_trace(plan_of(args, args.file), args.seed)
    figures = figures_of(trace.survey, trace.block_tokens)
    if args.json:
        sys.stdout.write(pretty(figures).decode())
    else:
        sys.stdout.write(trace_text(figures, left_out_words(trace.survey), Face(sys.stdout)))
    return ExitCode.DONE
