"""Where AMD's SMI library lies; pyrsmi itself looks in $ROCM_PATH only."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

import msgspec

from rocmtui.adapters.machine.small_file import list_dir

NAME = "libamd_smi.so"
SYSTEM_FOLDERS = (
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
    folders = [
        *(f"{base}/{lib}" for base in rocm_folders(environ, root) for lib in ("lib", "lib64")),
        *(root + folder for folder in SYSTEM_FOLDERS),
        *(f"{folder}/{_IN_WHEELS}" for folder in import_path if folder.endswith("-packages")),
    ]
    looked_in: dict[str, None] = {}
    for folder in folders:
        looked_in[folder] = None
        names = [name for name in list_dir(folder) if name.startswith(NAME)]
        if names:  # the unversioned name, else the highest version
            newest = max(names, key=lambda name: (name == NAME, _version(name)))
            return LibrarySearch(path=f"{folder}/{newest}", looked_in=tuple(looked_in))
    return LibrarySearch(path=None, looked_in=tuple(looked_in))


def rocm_folders(environ: Mapping[str, str], root: str = "") -> list[str]:
    """Where a ROCm may lie: $ROCM_PATH, /opt/rocm, and /opt/rocm-X from the newest on."""
    chosen = [environ["ROCM_PATH"]] if environ.get("ROCM_PATH") else []
    versioned = [name for name in list_dir(f"{root}/opt") if name.startswith("rocm-")]
    names = ("rocm", *sorted(versioned, key=_version, reverse=True))
    return [*chosen, *(f"{root}/opt/{name}" for name in names)]


def _version(name: str) -> tuple[int, ...]:
    words = name.replace("-", ".").split(".")
    return tuple(int(word) for word in words if word.isascii() and word.isdigit())
