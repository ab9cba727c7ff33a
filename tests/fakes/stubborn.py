"""Makes tests/fakes/stubborn_server.py look like an installed llama-server."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from tests.fakes import stubborn_server


def stubborn(folder: Path, mode: str = "serve") -> str:
    """A script `llama-server` in `folder` that behaves as `mode` says; its path."""
    path = folder / "llama-server"
    command = f"{shlex.quote(sys.executable)} {shlex.quote(stubborn_server.__file__)}"
    path.write_text(f"#!/bin/sh\nSTUBBORN='{mode}' exec {command} \"$@\"\n")
    path.chmod(0o755)
    return str(path)
