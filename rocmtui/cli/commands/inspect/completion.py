"""`rocmtui completion`: prints the completion script of a shell, written from the commands' own parsers."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from rocmtui.errors import ExitCode

if TYPE_CHECKING:
    from rocmtui.core.text.completion.commands import Command, Value

DESCRIPTION = "Print the completion script of a shell."
EXAMPLES = """\
  eval "$(rocmtui completion bash)"          in ~/.bashrc
  source <(rocmtui completion zsh)           in ~/.zshrc, after compinit
  rocmtui completion fish | source           in ~/.config/fish/config.fish"""
SHELLS = ("bash", "zsh", "fish")
DEFAULT_COMMAND = "app"
MODEL_METAVARS = frozenset({"MODEL", "GGUF"})
FILE_METAVARS = frozenset({"FILE", "PATH", "RUN", "A", "B"})
FOLDER_METAVARS = frozenset({"DIR", "FOLDER"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui completion`."""
    parser.add_argument("shell", choices=SHELLS, help="the shell to write for")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    from rocmtui.cli.main import COMMANDS, build_parser
    from rocmtui.core.text.completion.bash import bash_script
    from rocmtui.core.text.completion.fish import fish_script
    from rocmtui.core.text.completion.zsh import zsh_script

    write = {"bash": bash_script, "zsh": zsh_script, "fish": fish_script}[args.shell]
    commands = [read_parser(name, summary, build_parser(name)) for name, summary in COMMANDS.items()]
    sys.stdout.write(write(commands, DEFAULT_COMMAND))
    return ExitCode.DONE


def read_parser(name: str, summary: str, parser: argparse.ArgumentParser) -> Command:
    """What one parser takes. Options whose help is suppressed are left out."""
    from rocmtui.core.text.completion.commands import Command, Option

    shown = [action for action in parser._actions if action.help != argparse.SUPPRESS]
    options = tuple(
        Option(names=tuple(action.option_strings), help=_help_of(action, parser), value=_value_of(action))
        for action in shown
        if action.option_strings
    )
    arguments = tuple(_value_of(action) for action in shown if not action.option_strings)
    return Command(name=name, help=summary, options=options, arguments=arguments)


def _help_of(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    text = (action.help or "") % {**vars(action), "prog": parser.prog}
    return " ".join(text.split())


def _value_of(action: argparse.Action) -> Value:
    from rocmtui.core.text.completion.commands import Value

    if action.nargs == 0:
        return Value(takes="nothing")
    if action.choices is not None:
        return Value(takes="words", words=tuple(str(choice) for choice in action.choices))
    if action.dest == "theme":
        return Value(takes="words", words=_themes())
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    if action.dest == "model" or metavar in MODEL_METAVARS:
        return Value(takes="model")
    if metavar in FILE_METAVARS or "." in metavar:
        return Value(takes="file")
    return Value(takes="folder" if metavar in FOLDER_METAVARS else "anything")


def _themes() -> tuple[str, ...]:
    """Those that ship: the script is made once, and outlives what the user adds."""
    from rocmtui.adapters.machine.theme_files import read_theme_files, theme_folders

    return tuple(theme.name for theme in read_theme_files(theme_folders()[:1]))
