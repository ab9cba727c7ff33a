"""`rocmtui completion`: prints the completion script of a shell, written from the commands' own parsers."""

from __future__ import annotations

import argparse
import re
import sys

from rocmtui.errors import ExitCode

USAGE = "rocmtui completion (bash | zsh | fish)"
DESCRIPTION = "Print the completion script of a shell."
EXAMPLES = """\
  eval "$(rocmtui completion bash)"          in ~/.bashrc
  source <(rocmtui completion zsh)           in ~/.zshrc, after compinit
  rocmtui completion fish | source           in ~/.config/fish/config.fish"""
MENDED = {
    "bash": ((r"-- \$1", '-- "$1"'),),  # names with blanks
    "zsh": (
        ("_arguments -C -s", "_arguments -C"),  # -np is one word
        (r'"\(\*\):', '"*:'),  # all of several files, not the first alone
        (r"\[-1\] == eval", "[-1] != loadautofunc"),  # `source <(...)` is no eval
    ),
    "fish": ((r" -s (\w\w+) ", r" -o \1 "),),  # -np is one word
}
"""What shtab's scripts lack, a shell a row: pattern and replacement."""
SHELLS = tuple(MENDED)
DEFAULT_COMMAND = "app"
MODEL_METAVARS = frozenset({"MODEL", "GGUF"})
FILE_METAVARS = frozenset({"FILE", "PATH", "RUN", "A", "B"})
FOLDER_METAVARS = frozenset({"DIR", "FOLDER"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui completion`."""
    parser.add_argument("shell", choices=SHELLS, help="the shell to write for")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    script = shtab.complete(_whole_parser(), args.shell)
    for pattern, better in MENDED[args.shell]:
        script = re.sub(pattern, better, script)
    sys.stdout.write(script + "\n")
    return ExitCode.DONE


def _whole_parser() -> argparse.ArgumentParser:
    """Every command in one parser, with the options of the default command at its top."""
    from rocmtui.cli.main import COMMANDS
    from rocmtui.cli.parser import build_parser

    whole = argparse.ArgumentParser(
        "rocmtui", parents=[_marked(build_parser(DEFAULT_COMMAND))], add_help=False
    )
    commands = whole.add_subparsers()
    for name, summary in COMMANDS.items():
        parser = _marked(build_parser(name))
        commands.add_parser(name, parents=[parser], add_help=False, description=summary, help=summary)
    return whole


def _marked(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The parser with what each action takes written where shtab looks for it."""
    for action in parser._actions:
        takes = _files_of(action)
        if action.dest == "theme":
            action.choices = _themes()
        elif takes and action.nargs != 0 and action.choices is None:
            action.complete = takes  # type: ignore[attr-defined]
    return parser


def _files_of(action: argparse.Action) -> object:
    import shtab

    metavar = action.metavar if isinstance(action.metavar, str) else ""
    if action.dest == "model" or metavar in MODEL_METAVARS:
        return {**shtab.glob("*.gguf"), "zsh": "_files -g '*.gguf'"}
    if metavar.partition(".")[0] in FILE_METAVARS:
        return shtab.FILE
    return shtab.DIRECTORY if metavar in FOLDER_METAVARS else None


def _themes() -> tuple[str, ...]:
    """Those that ship: the script is made once, and outlives what the user adds."""
    from rocmtui.adapters.machine.theme_files import read_theme_files, theme_folders
    from rocmtui.tui.draw.themes import POPULAR

    return (*POPULAR, *(theme.name for theme in read_theme_files(theme_folders()[:1])))
