"""New folders: one named by time and label (taken names get a number), or one at a place that was given."""

from __future__ import annotations

import errno
import re
from pathlib import Path

from rocmtui.adapters.runs.names import remember
from rocmtui.core.text.documents import iso_utc
from rocmtui.errors import RunFolderError

MOST = 999


def fresh_folder(parent: Path, label: str, unix_ns: int) -> Path:
    """Make `<UTC time>-<slug of label>` below `parent`, which nobody else has then. Raises OSError."""
    name = re.sub(r"[-:]", "", iso_utc(unix_ns)) + "-" + slug(label)
    parent.mkdir(parents=True, exist_ok=True)
    for number in range(1, MOST + 1):
        path = parent / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
    raise FileExistsError(errno.EEXIST, f"it holds {MOST} folders named {name}")


def claim_folder(path: Path, remedy: str = "give another folder with --output") -> Path:
    """Make exactly `path`, which must be absent or empty, and remember it among the runs.

    Raises RunFolderError with `remedy`, or OSError.
    """
    path.mkdir(parents=True, exist_ok=True)
    if any(path.iterdir()):
        raise RunFolderError(f"{path} is not empty", remedy)
    remember(path)
    return path


def slug(label: str) -> str:
    """A label as part of a file name: lower case letters, digits, dots and dashes, at most 48."""
    plain = re.sub(r"[^a-z0-9.]+", "-", label.lower())[:48].strip("-.")
    return plain or "run"
