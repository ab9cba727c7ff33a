"""The `rocmtui` command: picks one sub-command and loads only what that one needs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from rocmtui import __version__
from rocmtui.cli.interrupts import held, hold, release
from rocmtui.cli.output.streams import CANNOT_WRITE, mend_streams, raise_lost, silence
from rocmtui.errors import ExitCode, Interrupted, RocmtuiError, ServerStartError, UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from rocmtui.cli.parser import Command

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
    from rocmtui.cli.parser import load_command, parse

    try:
        return _run(load_command(name), parse(name, rest))
    except RocmtuiError as error:
        return fail(error)
    except SystemExit as end:  # argparse, which has printed a command's --help
        return int(end.code or 0)


def _run(command: Command, args: Namespace) -> int:
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
