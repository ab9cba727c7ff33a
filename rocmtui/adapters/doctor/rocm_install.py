"""Which ROCm is installed, from its version file or its HIP library."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rocmtui.adapters.machine.small_file import FileReader, list_dir

HIP_LIBRARY = re.compile(r"libamdhip64\.so(\.\d+)*")
SYSTEM_FOLDERS = ("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib")


def find_rocm(environ: Mapping[str, str], root: str = "") -> tuple[str | None, str | None]:
    """Folder and version of $ROCM_PATH, /opt/rocm or the last of /opt/rocm-*; None where there is none."""
    reader = FileReader()
    for folder in _folders(environ, root):
        version = reader.read(f"{folder}/.info/version")
        if version:
            return folder, version.decode("ascii", "replace").strip()[:40]
    return None, None


def find_hip_library(environ: Mapping[str, str], root: str = "") -> str | None:
    """The HIP library, which distributions put elsewhere than ROCm's own packages do."""
    folders = [f"{folder}/lib" for folder in _folders(environ, root)]
    for folder in (*folders, *(root + folder for folder in SYSTEM_FOLDERS)):
        names = [name for name in list_dir(folder) if HIP_LIBRARY.fullmatch(name)]
        if names:
            return f"{folder}/{max(names)}"
    return None


def _folders(environ: Mapping[str, str], root: str) -> list[str]:
    versioned = [name for name in list_dir(f"{root}/opt") if name.startswith("rocm-")]
    chosen = [environ["ROCM_PATH"]] if environ.get("ROCM_PATH") else []
    return [*chosen, f"{root}/opt/rocm", *(f"{root}/opt/{name}" for name in reversed(versioned))]
