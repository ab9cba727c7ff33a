"""A program that is started like llama-server and answers with known latencies.

It runs as a script of its own: `known_llama_server.py ITL_MS` is written into a small shell script by
`write_known_server`, which is what a bench is given as `--server LABEL=PATH`.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

HELP = """usage: llama-server [options]
-m, --model FNAME          model
-c, --ctx-size N           context
-np, --parallel N          slots
-fa, --flash-attn [on|off|auto]
--host HOST                address
--port PORT                port
-a, --alias NAME           name of the model
"""


def write_known_server(
    path: Path, itl_ms: float, ttft_ms: float = 20.0, *more: str, before: str = ""
) -> Path:
    """An executable that serves tokens every `itl_ms`; `more` are options of the known server.

    `before` is a line of shell that is run before it serves.
    """
    asked = f'case "$*" in *--help*|*--version*) exec {sys.executable} {__file__} 0 0 "$@";; esac'
    serve = f'exec {sys.executable} {__file__} {itl_ms} {ttft_ms} "$@" -- {shlex.join(more)}'
    path.write_text(f"#!/bin/sh\n{asked}\n{before}\n{serve}\n")
    path.chmod(0o755)
    return path


def main(words: list[str]) -> None:
    """Be asked what one is, or become the server of known latencies."""
    itl_ms, ttft_ms, *rest = words
    more: list[str] = []
    if "--" in rest:
        cut = rest.index("--")
        rest, more = rest[:cut], rest[cut + 1 :]
    if "--help" in rest:
        sys.stdout.write(HELP)
        return
    if "--version" in rest:
        sys.stderr.write("version: 1 (known)\n")
        return
    passed = ["--itl-ms", itl_ms, "--ttft-ms", ttft_ms, *more]
    for name, own in (("--host", "--host"), ("--port", "--port"), ("-np", "--slots")):
        if name in rest:
            passed += [own, rest[rest.index(name) + 1]]
    program = [sys.executable, "-m", "rocmtui.embedded.known.server", *passed]
    os.execv(sys.executable, program)


if __name__ == "__main__":
    main(sys.argv[1:])
