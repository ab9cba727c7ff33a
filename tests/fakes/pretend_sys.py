"""Runs a command in a mount namespace of its own, where a pretend tree is /sys, and one more is in /dev."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_SCRIPT = """
if [ -n "$1" ]; then
  old=$(mktemp -d) && mount --rbind /dev "$old" && mount -t tmpfs tmpfs /dev || exit 1
  for path in "$old"/*; do
    name=/dev/${path##*/}
    if [ -L "$path" ]; then cp -P "$path" "$name"
    elif [ -d "$path" ]; then mkdir "$name" && mount --rbind "$path" "$name"
    else touch "$name" && mount --bind "$path" "$name"; fi
  done
  umount -l "$old" && rmdir "$old"
  umount /dev/dri /dev/kfd 2>/dev/null
  cp -R "$1/." /dev/
fi
shift
mount --bind "$0" /sys && exec "$@"
"""


def with_pretend_sys(tree: Path, *command: str, dev: Path | None = None) -> list[str]:
    """The command line that does it; skips where the kernel or our privileges do not allow it."""
    if shutil.which("unshare") is None:
        pytest.skip("no unshare here: a pretend /sys cannot be mounted")
    flags = ["-m"] if os.getuid() == 0 else ["-Urm"]
    outer = ["unshare", *flags, "--propagation", "private", "sh", "-c", _SCRIPT, str(tree), str(dev or "")]
    tried = subprocess.run([*outer, "true"], capture_output=True, text=True, timeout=20, check=False)
    if tried.returncode != 0:
        pytest.skip(f"a pretend /sys cannot be mounted here: {tried.stderr.strip()}")
    return [*outer, *command]
