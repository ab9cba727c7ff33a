"""Options of traces, and the plan they make."""

from __future__ import annotations

import argparse

from rocmtui.cli.options.numbers import check_range, option_of, refuse_given
from rocmtui.core.load.scenario import ClosedLoop, LoadShape, OpenLoop
from rocmtui.core.load.workload import TracePlan
from rocmtui.errors import UsageError

MOST_CONTEXT = 100_000_000
_SCALES = (1e-6, 1e6)
_OTHERS = ("prompt", "prompt_file", "dataset", "prompt_tokens", "conversations", "rate")


def add_trace_options(group: argparse._ArgumentGroup) -> None:
    """What `load` and `trace` take of a trace besides its file."""
    add = group.add_argument
    add(
        "--time-scale",
        type=float,
        metavar="F",
        help="all its times (or of --timed) by F: 0.1 is ten times as fast",
    )
    add("--sessions", type=float, metavar="SHARE", help="only this share of its sessions: 0.1")
    add("--max-context", type=int, metavar="N", help="leave out what needs more tokens, in and out together")


def add_replay_options(group: argparse._ArgumentGroup) -> None:
    """What `load` takes to replay one."""
    add = group.add_argument
    add(
        "--trace",
        metavar="FILE",
        help="send a recorded trace at its times: Mooncake, Bailian (JSONL), BurstGPT (CSV), Weka/AgentX "
        "(conversations), or one of `rocmtui runs trace`; equal blocks get equal tokens",
    )
    add_trace_options(group)
    add(
        "--closed",
        action="store_true",
        help="no times: --concurrency workers take its sessions in turn",
    )


def trace_plan(args: argparse.Namespace) -> TracePlan | None:
    """The plan of the options; None without a trace. Raises UsageError."""
    if args.trace is None:
        check_range("--time-scale", args.time_scale, *_SCALES)
        remedy = "add that, or leave it out"
        refuse_given(args, ("sessions", "max_context", "closed"), "--trace", remedy)
        if not args.timed:
            refuse_given(args, ("time_scale",), "--trace or --timed", remedy)
        return None
    for name in _OTHERS:
        if getattr(args, name) is not None:
            raise UsageError(f"--trace says what is sent and when, {option_of(name)} too", "give one of them")
    return plan_of(args, args.trace)


def plan_of(args: argparse.Namespace, file: str) -> TracePlan:
    """The plan for a file, by the options of `add_trace_options`. Raises UsageError."""
    check_range("--time-scale", args.time_scale, *_SCALES)
    check_range("--sessions", args.sessions, 1e-6, 1.0)
    check_range("--max-context", args.max_context, 2, MOST_CONTEXT)
    return TracePlan(
        file=file,
        time_scale=args.time_scale or 1.0,
        sessions=args.sessions or 1.0,
        max_context=args.max_context,
    )


def trace_shape(args: argparse.Namespace, slots: int | None) -> LoadShape:
    """Open at the trace's times where it has any, else workers that take its sessions."""
    rate = args.trace_rate
    if args.closed or rate is None:
        if args.max_in_flight is not None:
            raise UsageError("--max-in-flight belongs to planned times", "leave it or --closed out")
        return ClosedLoop(concurrency=args.concurrency or slots or 4)
    if args.concurrency is not None:
        raise UsageError(
            "a trace at its own times has no workers", "add --closed, or leave --concurrency out"
        )
    return OpenLoop(rate=rate, arrivals="trace", max_in_flight=args.max_in_flight)


def timed_shape(args: argparse.Namespace) -> OpenLoop:
    """Open at the times of a data set. Raises UsageError."""
    for name in ("concurrency", "rate", "arrivals"):
        if getattr(args, name) is not None:
            raise UsageError(f"--timed says when to send, {option_of(name)} too", "give one of them")
    rate = args.trace_rate / (args.time_scale or 1.0)
    return OpenLoop(rate=rate, arrivals="trace", max_in_flight=args.max_in_flight)
