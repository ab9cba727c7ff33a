"""Where AMD's SMI library lies; pyrsmi itself looks in $ROCM_PATH only."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

import msgspec

from rocmtui.adapters.machine.small_file import list_dir

NAME = "libamd_smi.so"
_SYSTEM = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
    "/usr/local/lib64",
)
_IN_WHEELS = "_rocm_sdk_core/lib"


class LibrarySearch(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found."""

    path: str | None
    looked_in: tuple[str, ...]


def find_library(
    environ: Mapping[str, str] = os.environ, root: str = "", import_path: Sequence[str] = sys.path
) -> LibrarySearch:
    """The library in $ROCM_PATH, /opt/rocm, the newest /opt/rocm-X, a distribution's folder or a wheel."""
    looked_in: list[str] = []
    for folder in _folders(environ, root, import_path):
        if folder in looked_in:
            continue
        looked_in.append(folder)
        name = _newest([name for name in list_dir(folder) if name.startswith(NAME)])
        if name is not None:
            return LibrarySearch(path=f"{folder}/{name}", looked_in=tuple(looked_in))
    return LibrarySearch(path=None, looked_in=tuple(looked_in))


def _folders(environ: Mapping[str, str], root: str, import_path: Sequence[str]) -> list[str]:
    chosen = [environ["ROCM_PATH"]] if environ.get("ROCM_PATH") else []
    versioned = [name for name in list_dir(f"{root}/opt") if name.startswith("rocm-")]
    installs = [f"{root}/opt/{name}" for name in ("rocm", *sorted(versioned, key=_version, reverse=True))]
    return [
        *(f"{base}/{lib}" for base in (*chosen, *installs) for lib in ("lib", "lib64")),
        *(root + folder for folder in _SYSTEM),
        *(f"{folder}/{_IN_WHEELS}" for folder in import_path if folder.endswith("-packages")),
    ]


def _newest(names: list[str]) -> str | None:
    """The unversioned name, else the highest version."""
    if NAME in names:
        return NAME
    return max(names, key=_version, default=None)


def _version(name: str) -> tuple[int, ...]:
    words = name.replace("-", ".").split(".")
    return tuple(int(word) for word in words if word.isascii() and word.isdigit())
