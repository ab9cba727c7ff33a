"""The files of a running server, read by their SHA-256: each file once, however often it is started."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from rocmtui.core.server.program import Program, backends_of, is_own_library

MAPPED = 5
"""The field of a line of /proc/PID/maps that names a file."""


def read_program(pid: int) -> Program | None:
    """What the process was made of.

    None where it cannot be seen (gone, another user's, in a container), and of a Python that has loaded no
    library of llama.cpp: the interpreter says nothing of the server.
    """
    process = Path(f"/proc/{pid}")
    try:
        is_python = (process / "exe").readlink().name.startswith("python")
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
    if is_python and not libraries:
        return None
    package = _package(paths) if is_python else None
    return Program(sha256=own, package=package, libraries=libraries, backends=backends_of(libraries))


def _package(libraries: list[Path]) -> str | None:
    """Name and version of the installed package that one of these libraries lies in."""
    for path in libraries:
        for folder in path.parents:
            if folder.parent.name in ("site-packages", "dist-packages"):
                for info in sorted(folder.parent.glob(f"{folder.name}*.dist-info")):
                    return " ".join(info.stem.rsplit("-", 1))
    return None


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
