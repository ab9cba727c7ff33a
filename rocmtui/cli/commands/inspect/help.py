"""`rocmtui help`: what --help of the commands has no room for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from rocmtui.errors import ExitCode

USAGE = "rocmtui help [config | metrics | exit-codes | COMMAND]"
DESCRIPTION = "Explain settings, folders and variables, the metrics, the exit codes, or a command."
EXAMPLES = """\
  rocmtui help config        config.toml, folders, environment variables
  rocmtui help metrics       what each figure means, with its formula
  rocmtui help exit-codes
  rocmtui help load          the same as `rocmtui load --help`"""
CONFIG = """\
settings   {config}/config.toml, which the launch screen
           writes; change it freely. Keys:
             theme = "midnight"              colours of the app
             model_dirs = ["/data/gguf"]     where models lie, too
             [launch]                        how the server was started last
             [load]                          the load that was run last
             [profiles.NAME]                 named ways to start a server
themes     {config}/themes/NAME.toml replaces or adds one
runs       {data}/runs, benches, sweeps, baselines;
           those written elsewhere with --output are noted in elsewhere.txt
cache      {cache}: the demo model, references of `verify`
state      {state}/servers: servers that were left running

environment variables
  ROCM_LLAMA_SERVER_PATH    the llama-server to run; else the one on PATH, else
                            the embedded one of rocmtui[demo]
  XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_CACHE_HOME, XDG_STATE_HOME
                            move the folders above
  HIP_VISIBLE_DEVICES, ROCR_VISIBLE_DEVICES, GGML_VK_VISIBLE_DEVICES
                            choose GPUs; set by you they win over --gpu
  LLAMA_ARG_*               kept from servers rocmtui starts: give flags
  LLAMA_CACHE, HF_HOME, HF_HUB_CACHE, OLLAMA_MODELS
                            where models of other tools lie
  NO_COLOR                  no colours; TERM=dumb: no redrawn lines either
  API keys are read from the variable that --api-key-env names, and from no
  other; they reach neither argv nor logs nor reports.
"""
EXIT_CODES = """\
  0    done
  1    nothing came, over half failed (or --max-error-rate), or no result
  2    bad input: one line says what and how to mend it
  3    an SLO was missed, a regression found, or the text of a server is wrong
  4    the server could not be started or reached, or it died
  130  interrupted (Ctrl-C): what was measured is saved and reported
  141  nobody read the output to its end
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui help`."""
    parser.add_argument("topic", nargs="?", metavar="TOPIC", help="config, metrics, exit-codes or a command")


def run(args: argparse.Namespace) -> int:
    """Print the page."""
    from rocmtui.cli.main import COMMANDS, overview
    from rocmtui.cli.output.load import definitions
    from rocmtui.cli.parser import build_parser

    pages: dict[str, Callable[[], str]] = {
        "config": _config,
        "metrics": definitions,
        "exit-codes": lambda: EXIT_CODES,
    }
    if args.topic is None:
        sys.stdout.write(overview())
    elif args.topic in pages:
        sys.stdout.write(pages[args.topic]().rstrip("\n") + "\n")
    elif args.topic in COMMANDS:
        sys.stdout.write(build_parser(args.topic).format_help())
    else:
        from rocmtui.core.text.near import did_you_mean
        from rocmtui.errors import UsageError

        known = (*pages, *COMMANDS)
        raise UsageError(f"no help on {args.topic!r}", did_you_mean(args.topic, known, "see `rocmtui help`"))
    return ExitCode.DONE


def _config() -> str:
    from pathlib import Path

    import platformdirs

    kinds = ("config", "data", "cache", "state")
    folders = {kind: getattr(platformdirs, f"user_{kind}_path")("rocmtui") for kind in kinds}
    home = str(Path.home())
    return CONFIG.format(**{name: str(path).replace(home, "~", 1) for name, path in folders.items()})
