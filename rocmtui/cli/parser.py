"""The options of one sub-command, whose module is imported for it."""

from __future__ import annotations

import argparse
import importlib
import textwrap
from collections.abc import Sequence
from typing import NoReturn, Protocol, cast

from rocmtui.adapters.machine import lean_msgspec  # noqa: F401, before a command imports msgspec
from rocmtui.errors import UsageError

HELP_WIDTH = 80
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
