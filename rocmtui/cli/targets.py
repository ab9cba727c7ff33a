"""Where a command is to write: refused before it runs, not after."""

from __future__ import annotations

from pathlib import Path

from rocmtui.errors import UsageError

STDOUT = "-"


def check_json(target: str | None) -> None:
    """Raises UsageError when `--json TARGET` could not be written at the end."""
    if target is None or target == STDOUT:
        return
    path = Path(target)
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"--json {target}: no such folder, or a folder itself", "give a file")


def write_json(target: str, data: bytes) -> None:
    """Write a file whole or not at all. Raises UsageError."""
    path = Path(target)
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        raise UsageError(f"--json: cannot write {target}: {error.strerror}", "the folder holds it") from error
