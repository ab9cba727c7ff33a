"""`rocmtui selftest`: the instrument's error on this machine, against a server whose latencies are known."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from rocmtui.core.text import forms
from rocmtui.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from rocmtui.core.doctor.self_test import Errors, SelfTestResult, SelfTestRow

USAGE = "rocmtui selftest [OPTIONS]"
DESCRIPTION = "Measure a built-in server of known TTFT and ITL, and say how far off the instrument is here."
EXAMPLES = """\
  rocmtui selftest
  rocmtui selftest --streams 1,64,256
  rocmtui selftest --streams 32 --busy 4
  rocmtui selftest --json | jq .highest_tokens_per_second"""
MAX_STREAMS = 1024
MAX_BUSY = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui selftest`."""
    parser.add_argument(
        "--streams", metavar="N,N,...", default="1,8,32,128", help="streams at a time (default: %(default)s)"
    )
    parser.add_argument("--processes", metavar="N", type=int, default=1, help="load processes (default: 1)")
    parser.add_argument(
        "--busy", metavar="N", type=int, default=0, help="busy processes beside it (default: none)"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Measure and tell; exit code 1 when the instrument is off."""
    import asyncio

    from rocmtui.adapters.load.process import ProcessSpawner
    from rocmtui.adapters.machine.clock import SystemClock
    from rocmtui.adapters.server.known_server import KnownServerSpawner, busy_processes
    from rocmtui.core.text.documents import pretty
    from rocmtui.services.load.self_test import SelfTest

    streams = _streams(args.streams)
    if args.processes < 1:
        raise UsageError(f"--processes {args.processes} is no number of processes", "give 1 or more")
    if not 0 <= args.busy <= MAX_BUSY:
        raise UsageError(f"--busy {args.busy} is no number of processes", f"give 0 to {MAX_BUSY}")
    test = SelfTest(KnownServerSpawner(), ProcessSpawner(), SystemClock())

    async def measure() -> SelfTestResult:
        async with busy_processes(args.busy):
            tell = _tell_progress if args.json else _print_row
            return await test.run(streams, processes=args.processes, busy=args.busy, tell=tell)

    if not args.json:
        sys.stdout.write(HEAD)
    result = asyncio.run(measure())
    sys.stdout.write(pretty(result).decode() if args.json else _conclusion(result))
    return ExitCode.DONE if result.verdict == "good" else ExitCode.NOTHING_COMPLETED


def _streams(text: str) -> list[int]:
    try:
        streams = [int(word) for word in text.split(",")]
    except ValueError:
        streams = []
    if not streams or not all(1 <= count <= MAX_STREAMS for count in streams):
        raise UsageError(
            f"--streams {text!r} is no list of numbers", f"such as 1,8,32; at most {MAX_STREAMS}"
        )
    return sorted(set(streams))


HEAD = """\
               TTFT in ms                         each token, ms late     read late, ms     not by  client
streams tok/s   true measured  error p99    max    mean    p99    max    p50    p99   max  kernel  us/tok
"""


def _print_row(row: SelfTestRow) -> None:
    late = row.reads.late_ms
    sys.stdout.write(
        f"{row.streams:>7}{_cell(row.tokens_per_second, 6, digits=0)}"
        f"{_cell(row.ttft_true_ms, 7)}{_cell(row.ttft_ms, 9)}"
        f"{_errors(row.ttft_error_ms)} {_errors(row.token_error_ms)}"
        f"{_cell(late.quantile(0.5), 7)}{_cell(late.quantile(0.99), 7)}{_cell(late.max, 6, digits=1)}"
        f"{row.reads.own + row.reads.refused:>8}{_cell(row.cpu_us_per_token, 8, digits=1)}\n"
    )
    sys.stdout.flush()


def _errors(errors: Errors | None) -> str:
    values = (errors.mean, errors.p99, errors.max) if errors else (None, None, None)
    return "".join(_cell(value, 7, "+", digits=3) for value in values)


def _tell_progress(row: SelfTestRow) -> None:
    sys.stderr.write(f"{row.streams} streams,{_cell(row.tokens_per_second, 6, digits=0)} tok/s: done\n")


def _cell(value: float | None, width: int, sign: str = "", digits: int = 2) -> str:
    return f"{'–':>{width}}" if value is None else f"{value:>{sign}{width}.{digits}f}"


def _conclusion(result: SelfTestResult) -> str:
    highest = result.highest_tokens_per_second
    rate = "none tried" if highest is None else f"{forms.tps(highest)} tok/s"
    title = {"good": "good", "off": "the instrument is off"}[result.verdict]
    return (
        f"\nhighest rate of one load process within the limits: {rate}\n"
        f"{title}: {result.reason}\n"
        f"{_shared(result)}"
        "Each request is compared with the server's log of it, each token with the moment it was written.\n"
        "Reading late does not matter where the kernel stamped what came.\n"
    )


def _shared(result: SelfTestResult) -> str:
    """What was read together, of all rows."""
    shared = sum(row.reads.shared for row in result.rows)
    if not shared:
        return ""
    early = forms.ms(max(row.reads.shared_ms_max for row in result.rows))
    return (
        f"{forms.count(shared)} tokens were read together with a later one and carry its stamp: they came\n"
        f"up to {early} before it, and are in no error above.\n"
    )
