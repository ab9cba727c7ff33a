"""Runs a command in a mount namespace of its own, where a pretend tree is /sys."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_SCRIPT = 'mount --bind "$0" /sys && exec "$@"'


def with_pretend_sys(tree: Path, *command: str) -> list[str]:
    """The command line that does it; skips where the kernel or our privileges do not allow it."""
    if shutil.which("unshare") is None:
        pytest.skip("no unshare here: a pretend /sys cannot be mounted")
    flags = ["-m"] if os.getuid() == 0 else ["-Urm"]
    outer = ["unshare", *flags, "--propagation", "private", "sh", "-c", _SCRIPT, str(tree)]
    tried = subprocess.run([*outer, "true"], capture_output=True, text=True, timeout=20, check=False)
    if tried.returncode != 0:
        pytest.skip(f"a pretend /sys cannot be mounted here: {tried.stderr.strip()}")
    return [*outer, *command]
