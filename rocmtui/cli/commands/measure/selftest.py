"""`rocmtui selftest`: the instrument's error on this machine, against a server whose latencies are known."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from rocmtui.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from rocmtui.core.doctor.self_test import SelfTestResult, SelfTestRow

DESCRIPTION = "Measure a built-in server of known TTFT and ITL, and say how far off the instrument is here."
EXAMPLES = """\
  rocmtui selftest
  rocmtui selftest --streams 1,64,256
  rocmtui selftest --json | jq .highest_tokens_per_second"""
MAX_STREAMS = 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui selftest`."""
    parser.add_argument(
        "--streams", metavar="N,N,...", default="1,8,32,128", help="streams at a time (default: %(default)s)"
    )
    parser.add_argument("--processes", metavar="N", type=int, default=1, help="load processes (default: 1)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Measure and tell; exit code 1 when the instrument is off."""
    import asyncio

    from rocmtui.adapters.load.process import ProcessSpawner
    from rocmtui.adapters.machine.clock import SystemClock
    from rocmtui.adapters.server.known_server import KnownServerSpawner
    from rocmtui.services.load.self_test import SelfTest

    streams = _streams(args.streams)
    if args.processes < 1:
        raise UsageError(f"--processes {args.processes} is no number of processes", "give 1 or more")
    test = SelfTest(KnownServerSpawner(), ProcessSpawner(), SystemClock())
    if not args.json:
        sys.stdout.write(HEAD)
    tell = _tell_progress if args.json else _print_row
    result = asyncio.run(test.run(streams, processes=args.processes, tell=tell))
    sys.stdout.write(_json(result) if args.json else _conclusion(result))
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
               TTFT in ms                        ITL in ms                server  client
streams tok/s   true  measured   error     p99   true  measured   error  late ms  us/tok
"""


def _print_row(row: SelfTestRow) -> None:
    sys.stdout.write(
        f"{row.streams:>7}{row.tokens_per_second:>6.0f}"
        f"{row.ttft_true_ms:>7.2f}{_cell(row.ttft_ms, 10)}{_cell(row.ttft_error_ms, 8, '+')}"
        f"{_cell(row.ttft_error_ms_p99, 8, '+')}"
        f"{row.itl_true_ms:>7.2f}{_cell(row.itl_ms, 10, digits=3)}{_percent(row.itl_error)}"
        f"{_cell(row.server_late_ms_mean, 9)}{_cell(row.cpu_us_per_token, 8, digits=1)}\n"
    )
    sys.stdout.flush()


def _tell_progress(row: SelfTestRow) -> None:
    sys.stderr.write(f"{row.streams} streams, {row.tokens_per_second:.0f} tok/s: done\n")


def _cell(value: float | None, width: int, sign: str = "", digits: int = 2) -> str:
    return f"{'–':>{width}}" if value is None else f"{value:>{sign}{width}.{digits}f}"


def _percent(value: float | None) -> str:
    return f"{'–':>8}" if value is None else f"{value:>+8.2%}"


def _conclusion(result: SelfTestResult) -> str:
    highest = result.highest_tokens_per_second
    rate = "none tried" if highest is None else f"{highest:.0f} tok/s"
    title = {"good": "good", "off": "the instrument is off", "unclear": "unclear"}[result.verdict]
    return (
        f"\nhighest rate with a mean TTFT error under 1 ms: {rate}\n"
        f"{title}: {result.reason}\n"
        "Errors are measured minus true. The server's own lateness is part of them; nothing is subtracted.\n"
    )


def _json(result: SelfTestResult) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(result), indent=2).decode() + "\n"
