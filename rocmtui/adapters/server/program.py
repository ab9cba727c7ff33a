"""The files of a running server, read by their SHA-256: each file once, however often it is started."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from rocmtui.core.server.program import Program, backends_of, is_own_library

MAPPED = 5
"""The field of a line of /proc/PID/maps that names a file."""


def read_program(pid: int) -> Program | None:
    """What the process was made of; None where it cannot be seen (gone, another user's, in a container)."""
    process = Path(f"/proc/{pid}")
    try:
        own = _sha256(process / "exe")
        paths = _mapped(process)
    except OSError:
        return None
    libraries: dict[str, str] = {}
    for path in paths:
        try:
            libraries[path.name] = _sha256(path)
        except OSError:
            continue
    return Program(sha256=own, libraries=libraries, backends=backends_of(libraries))


def _mapped(process: Path) -> list[Path]:
    lines = (process / "maps").read_text(errors="replace").splitlines()
    found = {parts[MAPPED] for line in lines if len(parts := line.split(maxsplit=MAPPED)) > MAPPED}
    return [Path(name) for name in sorted(found) if is_own_library(name)]


def _sha256(path: Path) -> str:
    status = path.stat()
    return _of_file(str(path.resolve()), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _of_file(path: str, _changed_ns: int, _size: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
