"""Makes the pictures of README.md from the packaged runs: python docs/make_pictures.py [NAME ...]"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
PICTURES = {
    "demo.gif": "--demo gpu --size 104x34 --speed 4 --fps 2 --from 4 --script tour.txt",
    "dashboard.svg": "--demo load --speed 4 --script dashboard.txt",
    "gpu.svg": "--demo gpu --speed 4 --script gpu.txt",
}


def main() -> int:
    """Make those asked for, or all; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *PICTURES], help="default: all")
    for name in parser.parse_args().name or PICTURES:
        make(name)
        print(f"{DOCS / name}  {(DOCS / name).stat().st_size / 1024:.0f} KiB")
    return 0


def make(name: str) -> None:
    """One picture. A still is a shot of its script; what is recorded around it is not kept."""
    with tempfile.TemporaryDirectory(prefix="rocmtui-pictures-") as folder:
        out = Path(folder) / name.replace(".svg", ".cast")
        command = [sys.executable, "-m", "rocmtui", "record", out, *PICTURES[name].split()]
        subprocess.run(command, cwd=DOCS, env=environment(), check=True)
        shutil.copyfile(Path(folder) / name, DOCS / name)


def environment() -> dict[str, str]:
    """This checkout's rocmtui, and none of the user's themes."""

    return {**os.environ, "PYTHONPATH": str(DOCS.parent), "XDG_CONFIG_HOME": str(DOCS)}


if __name__ == "__main__":
    sys.exit(main())
