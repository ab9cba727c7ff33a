"""Where our own files go by the XDG rules, and how one is written: whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_config_path, user_data_path

from rocmtui.errors import RocmtuiError, RunFolderError


def data_folder(name: str) -> Path:
    """`$XDG_DATA_HOME/rocmtui/NAME`, else `~/.local/share/rocmtui/NAME`; a relative one does not count."""
    return user_data_path("rocmtui") / name


def config_folder() -> Path:
    """`$XDG_CONFIG_HOME/rocmtui`, else `~/.config/rocmtui`; a relative one does not count."""
    return user_config_path("rocmtui")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole: a reader finds the old one or all of the new. Raises OSError, leaving no draft."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def telling(
    problem: str, remedy: str | None = None, kind: type[RocmtuiError] = RunFolderError
) -> Iterator[None]:
    """Make of an OSError an error that says `problem` and the system's reason."""
    try:
        yield
    except OSError as error:
        raise kind(f"{problem}: {error.strerror}", remedy) from error
