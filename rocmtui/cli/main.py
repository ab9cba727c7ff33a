"""The `rocmtui` command: picks one sub-command and loads only what that one needs."""

from __future__ import annotations

import argparse
import importlib
import sys
import textwrap
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn, Protocol, cast

from rocmtui import __version__
from rocmtui.cli.interrupts import held, hold, release
from rocmtui.cli.output.streams import CANNOT_WRITE, mend_streams, raise_lost, silence
from rocmtui.errors import ExitCode, Interrupted, RocmtuiError, ServerStartError, UsageError

HELP_WIDTH = 80
COMMANDS = {
    "app": "launch screen, dashboard, runs; also what bare `rocmtui` does",
    "demo": "embedded server, small real model and load, in the app or headless",
    "load": "load a server and report tok/s, TTFT and ITL",
    "bench": "repeatable suite over models, slots and variants, with verdicts",
    "sweep": "find the concurrency, rate or slot count that serves best",
    "verify": "does a server give its model's own answers, and how far from them",
    "compare": "verdict between two runs, reports or benches",
    "replay": "any run again, in the app",
    "record": "a cast, GIF or SVG of the app, unattended",
    "runs": "list runs, benches and sweeps; report, pack, delete one",
    "trace": "what a recorded trace holds, before `load --trace` sends it",
    "watch": "a server watched without a screen, for dashboards",
    "gpus": "AMD GPUs: memory, power, clocks and who uses them",
    "models": "GGUF models found here, and whether they fit",
    "doctor": "what rocmtui finds on this machine and what to mend",
    "selftest": "the instrument against a server of known TTFT and ITL",
    "completion": "shell completion for bash, zsh or fish",
    "help": "settings, folders, variables; metrics; exit codes; a command",
}

ROOMS = {
    "measure": ("load", "bench", "sweep", "verify", "compare", "selftest"),
    "show": ("app", "demo", "replay", "record"),
    "inspect": ("runs", "trace", "watch", "gpus", "models", "doctor", "completion", "help"),
}
"""Where below rocmtui/cli/commands/ the module of each command lies."""


class Command(Protocol):
    """What each module rocmtui/cli/commands/ROOM/NAME.py offers."""

    USAGE: str
    """What must be given; the first line of --help."""
    DESCRIPTION: str
    EXAMPLES: str
    """Shown below the options in --help."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, args: argparse.Namespace) -> int: ...

    # Commands that measure also have `interrupted(args)`: it writes the report of what was interrupted so
    # early, or so late, that `run` could not; where `run` has, it says so by `args.reported`.


def load_command(name: str) -> Command:
    """The module of a sub-command, imported now."""
    room = next(room for room, names in ROOMS.items() if name in names)
    return cast(Command, importlib.import_module(f"rocmtui.cli.commands.{room}.{name}"))


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage of forty options above it."""

    def error(self, message: str) -> NoReturn:
        from rocmtui.core.text.near import did_you_mean

        known = [option for action in self._actions for option in action.option_strings]
        unknown = message.partition("unrecognized arguments: ")[2].split(" ")[0].partition("=")[0]
        see = f"see `{self.prog} --help`"
        raise UsageError(message, did_you_mean(unknown, known, see) if unknown.startswith("-") else see)


def _help_formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=26, width=HELP_WIDTH)


def build_parser(name: str) -> argparse.ArgumentParser:
    """The parser of one sub-command."""
    command = load_command(name)
    parser = _Parser(
        prog=f"rocmtui {name}",
        usage=command.USAGE,
        description=textwrap.fill(command.DESCRIPTION, HELP_WIDTH),
        epilog=f"examples:\n{command.EXAMPLES}",
        formatter_class=_help_formatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    return parser


def parse(name: str, words: Sequence[str]) -> argparse.Namespace:
    """The options of a sub-command; what follows `--` becomes `extra_args` where it starts a server."""
    own, extra = list(words), []
    if "--" in own:
        cut = own.index("--")
        own, extra = own[:cut], own[cut + 1 :]
    args = build_parser(name).parse_args(own)
    if extra and not hasattr(args, "extra_args"):
        raise UsageError(f"`rocmtui {name}` starts no server", "leave out `--` and what follows it")
    if extra:
        from rocmtui.core.server.command import refuse_keys

        refuse_keys(extra)
        args.extra_args = tuple(extra)
    return args


def overview() -> str:
    """What `rocmtui --help` prints."""
    width = max(map(len, COMMANDS))
    rows = "\n".join(f"  {name:<{width}}  {help_line}" for name, help_line in COMMANDS.items())
    return (
        "usage: rocmtui [COMMAND] [OPTIONS]\n\n"
        "Run llama-server on an AMD GPU, load it, and see what really happens.\n"
        "Without a command the app opens; `rocmtui -m MODEL` starts a model at once,\n"
        "`rocmtui --url URL` attaches to a running server.\n\n"
        f"commands:\n{rows}\n\n"
        "`rocmtui COMMAND --help` explains each. `rocmtui --version` prints the version.\n"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    hold()
    mend_streams()
    try:
        code = _outcome(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        if code == ExitCode.DONE:
            raise_lost()
    except BrokenPipeError:
        silence(sys.stdout)
        silence(sys.stderr)
        return ExitCode.READER_GONE
    except OSError as error:
        if error.errno not in CANNOT_WRITE:
            raise
        silence(sys.stdout)
        return fail(UsageError(f"cannot write {error.filename or 'the output'}: {error.strerror}"))
    finally:
        with suppress(KeyboardInterrupt):  # one that came while there was nothing left to interrupt
            release()
    return code


def _outcome(words: list[str]) -> int:
    if words[:1] in (["--help"], ["-h"]):
        sys.stdout.write(overview())
        return ExitCode.DONE
    if words[:1] == ["--version"]:
        sys.stdout.write(f"rocmtui {__version__}\n")
        return ExitCode.DONE
    name, rest = ("app", words) if not words or words[0].startswith("-") else (words[0], words[1:])
    if name not in COMMANDS:
        return _unknown(name)
    try:
        return _run(load_command(name), parse(name, rest))
    except RocmtuiError as error:
        return fail(error)
    except SystemExit as end:  # argparse, which has printed a command's --help
        return int(end.code or 0)


def _run(command: Command, args: argparse.Namespace) -> int:
    try:
        release()
        return command.run(args)
    except (Interrupted, KeyboardInterrupt) as end:
        leave = getattr(command, "interrupted", None)
        with suppress(KeyboardInterrupt), held():
            if leave is not None and not getattr(args, "reported", False):
                leave(args)
            if isinstance(end, Interrupted):
                fail(end)
        return ExitCode.INTERRUPTED


def fail(error: RocmtuiError) -> int:
    """Tell an error in one line on stderr, with its remedy and any log lines below; returns its exit code."""
    from rocmtui.core.text.sanitize import clean_lines, quoted

    remedy = f" ({error.remedy})" if error.remedy else ""
    proof = error.proof if isinstance(error, ServerStartError) else ()
    lines = (clean_lines(f"rocmtui: {error.message}{remedy}"), *map(quoted, proof))
    sys.stderr.writelines(f"{line}\n" for line in lines)
    return error.exit_code


def _unknown(name: str) -> int:
    from rocmtui.core.text.near import did_you_mean

    hint = did_you_mean(name, COMMANDS, "see `rocmtui --help`")
    sys.stderr.write(f"rocmtui: no command {name!r}; {hint}\n")
    return ExitCode.USAGE
