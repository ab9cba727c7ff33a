"""`rocmtui verify`: whether a server gives its model's own answers, and how far from them it is."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rocmtui.cli.options.numbers import check_range
from rocmtui.cli.options.server import add_server_options, plan_from, refuse_unheeded, server_url
from rocmtui.cli.output.targets import check_json, write_json
from rocmtui.core.answers.distance import DEFAULT_MAX_KL
from rocmtui.core.answers.reference import CPU
from rocmtui.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from rocmtui.core.answers.verification import Verification
    from rocmtui.wiring.verifying import Subject, Wanted

USAGE = "rocmtui verify (-m MODEL | --url URL) [OPTIONS] [-- LLAMA-SERVER-FLAGS]"
DESCRIPTION = (
    "Compare a server's next-token probabilities with a reference, position by position along the "
    "reference's own text: alone, and with all slots busy. By default the reference is the same file on "
    "the CPU. Speed says nothing about the text; this does."
)
EXAMPLES = """\
  rocmtui verify -m model.gguf -fa on               against the CPU
  rocmtui verify -m model.gguf -ctk q4_0 -ctv q4_0 --max-kl 0.1
  rocmtui verify -m model.gguf --against-bin ./old/llama-server
  rocmtui verify -m model.gguf --save good.json     keep today's answers ...
  rocmtui verify -m model.gguf --against good.json  ... compare with them later
  rocmtui verify --url http://gpu-box:8080 --against http://other:8080
exit codes: 0 as near as allowed, 2 bad input, 4 no server,
            3 farther than --max-kl, or nonsense"""
DEEPEST = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui verify`."""
    add_server_options(parser)
    group = parser.add_argument_group("reference")
    group.add_argument(
        "--against", metavar="WHAT", help="cpu, a saved reference, or the URL of a server (default: cpu)"
    )
    group.add_argument(
        "--against-bin", metavar="PATH", help="the same model and options on this llama-server"
    )
    group.add_argument("--save", metavar="FILE", help="save the server's own answers as a reference")
    group.add_argument("--depth", type=int, metavar="N", help="compare also after N tokens of context")
    group.add_argument(
        "--max-kl",
        type=float,
        default=DEFAULT_MAX_KL,
        metavar="NATS",
        help="exit 3 where the mean distance is larger (default: %(default)s, the most that rounding is)",
    )
    output = parser.add_argument_group("output")
    output.add_argument("--json", metavar="FILE", help="write the result; - prints it and nothing else")
    output.add_argument("--quiet", action="store_true", help="no progress")


def run(args: argparse.Namespace) -> int:
    """Verify; returns the exit code."""
    check_json(args.json)
    check_range("--max-kl", args.max_kl, 0, 100)
    check_range("--depth", args.depth, 1, DEEPEST)
    wanted = _wanted(args)
    try:
        found = asyncio.run(_verify(args, wanted))
    except asyncio.CancelledError:
        return ExitCode.INTERRUPTED
    if found is None:
        print(f"saved: {args.save}", file=sys.stderr)
        return ExitCode.DONE
    _print(args, found)
    return ExitCode.SLO_MISSED if found.differs else ExitCode.DONE


def _wanted(args: argparse.Namespace) -> Wanted:
    from rocmtui.wiring.verifying import Subject, Wanted

    if args.model is None and args.url is None:
        raise UsageError("nothing to verify", "start a model with -m MODEL, or give --url of a server")
    plan = plan_from(args)
    if plan is None:
        refuse_unheeded(args, heeded=("alias",))
    url = None if plan else server_url(args.url)
    subject = Subject(plan=plan, url=url, api_key_env=args.api_key_env, model=args.alias)
    against, file = _against(args, subject)
    if against is None and file is None and args.save is None:
        raise UsageError(
            "--url: against what?", "--against cpu needs the file: give --against FILE or URL, or --save FILE"
        )
    return Wanted(
        subject=subject,
        against=against,
        file=file,
        save=Path(args.save) if args.save else None,
        depth=args.depth,
        max_kl=args.max_kl,
    )


def _against(args: argparse.Namespace, subject: Subject) -> tuple[Subject | None, Path | None]:
    """The server or the file that is the reference; neither where only answers are to be saved."""
    import msgspec

    from rocmtui.wiring.verifying import Subject, cpu_plan

    if args.against_bin is not None:
        if subject.plan is None or args.against is not None:
            raise UsageError("--against-bin goes with -m alone", "give one reference")
        return Subject(plan=msgspec.structs.replace(subject.plan, server_bin=args.against_bin)), None
    if args.against is None and (args.save or subject.plan is None):
        return None, None
    if args.against in (None, CPU):
        if subject.plan is None:
            raise UsageError("--against cpu needs the model's file", "give -m MODEL instead of --url")
        return Subject(plan=cpu_plan(subject.plan, args.depth)), None
    if "://" in args.against:
        return Subject(url=server_url(args.against), api_key_env=args.api_key_env, model=args.alias), None
    file = Path(args.against).expanduser()
    if not file.is_file():
        raise UsageError(f"--against {args.against}: no such file", "cpu, a saved reference or a URL")
    return None, file


async def _verify(args: argparse.Namespace, wanted: Wanted) -> Verification | None:
    from rocmtui.cli.run.signals import cancelled_by_signals
    from rocmtui.wiring.sessions import live_session
    from rocmtui.wiring.verifying import verification

    def tell(text: str) -> None:
        if not args.quiet:
            print(f"verify: {text}", file=sys.stderr)

    session = live_session()
    session.begin()
    try:
        with cancelled_by_signals():
            return await verification(session, wanted, tell)
    finally:
        await session.close()


def _print(args: argparse.Namespace, found: Verification) -> None:
    from rocmtui.cli.output.streams import tell
    from rocmtui.core.answers.verification import verification_text
    from rocmtui.core.text.documents import pretty

    data = pretty(found)
    if args.json == "-":
        tell(sys.stdout, data.decode())
        return
    tell(sys.stdout, verification_text(found))
    if args.json:
        write_json(args.json, data)
