"""`rocmtui gpus`: the AMD GPUs of this machine, once or again and again."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from typing import TYPE_CHECKING

from rocmtui.errors import ExitCode

if TYPE_CHECKING:
    from rocmtui.core.gpu.reading import GpuSample

SCHEMA = "rocmtui.gpus/1"
USAGE = "rocmtui gpus [OPTIONS]"
DESCRIPTION = "Show the AMD GPUs of this machine: memory and who holds it, power, heat and clocks."
EXAMPLES = """\
  rocmtui gpus                 once
  rocmtui gpus --watch         every second, until Ctrl-C
  rocmtui gpus --all           limits, voltage, engines, errors, partitions
  rocmtui gpus --explain       every field and where it was read
  rocmtui gpus --json          for programs; null for what is not known
  rocmtui gpus --json --watch 5 >> gpus.jsonl"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui gpus`."""
    parser.add_argument(
        "--watch", nargs="?", type=_seconds, const=1.0, metavar="S", help="again every S seconds (default: 1)"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON; with --watch one line a sample")
    parser.add_argument("--all", action="store_true", help="show what is normal as well")
    form.add_argument("--explain", action="store_true", help="print where each field comes from")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.1 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0.1 to 3600")
    return value


def run(args: argparse.Namespace) -> int:
    """Show the GPUs; returns the exit code."""
    from rocmtui.adapters.gpu.sampler_process import sample_once

    if args.watch is None:
        sys.stdout.write(_shown(asyncio.run(sample_once()), args))
        return ExitCode.DONE
    try:
        asyncio.run(_watch(args))
    except KeyboardInterrupt:
        sys.stdout.write("\n" if sys.stdout.isatty() else "")
    return ExitCode.DONE


async def _watch(args: argparse.Namespace) -> None:
    from rocmtui.adapters.gpu.sampler_process import SamplerProcess
    from rocmtui.core.gpu.sampler.messages import SamplerSettings

    process = SamplerProcess(SamplerSettings(period_s=args.watch))
    in_place = sys.stdout.isatty() and not args.json
    if in_place:
        sys.stdout.write("\x1b[2J")
    try:
        async for sample in process.samples():
            shown = _shown(sample, args)
            sys.stdout.write(in_window(shown) if in_place else shown if args.json else shown + "\n")
            sys.stdout.flush()
    finally:
        await process.close()


def _shown(sample: GpuSample, args: argparse.Namespace) -> str:
    if args.json:
        return _json(sample, indent=args.watch is None)
    from rocmtui.cli.output.face import Face
    from rocmtui.cli.output.gpus import explain_text, sample_text

    late = "The GPU sampler is silent; these are its last figures.\n" if sample.stale else ""
    shown = late + (
        explain_text(sample, Face(sys.stdout)) if args.explain else sample_text(sample, everything=args.all)
    )
    return wrapped(shown, shutil.get_terminal_size().columns) if sys.stdout.isatty() else shown


def _json(sample: GpuSample, *, indent: bool) -> str:
    import msgspec

    data = {
        "schema": SCHEMA,
        "at_ns": sample.at_ns,
        "stale": sample.stale,
        "gpus": sample.gpus,
        "users": sample.users,
        "notes": sample.notes,
    }
    line = msgspec.json.encode(data)
    return (msgspec.json.format(line) if indent else line).decode() + "\n"


def in_window(shown: str) -> str:
    """Over what was there before, from the top and never beyond the bottom: the window must not scroll."""
    lines = shown.splitlines()
    room = max(shutil.get_terminal_size().lines - 1, 2)
    if len(lines) > room:
        left_out = len(lines) - room + 1
        lines = [*lines[: room - 1], f"{left_out} more lines need a taller window."]
    return "\x1b[H" + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J"


def wrapped(shown: str, columns: int) -> str:
    """Lines broken between words where they are wider than the window."""
    import textwrap

    lines = (
        [line] if "\x1b" in line else textwrap.wrap(line, max(columns, 20)) or [""]
        for line in shown.splitlines()
    )
    return "".join(f"{part}\n" for parts in lines for part in parts)
