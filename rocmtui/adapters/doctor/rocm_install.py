"""Which ROCm is installed, from its version file or its HIP library."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rocmtui.adapters.gpu.smi.search import SYSTEM_FOLDERS, rocm_folders
from rocmtui.adapters.machine.small_file import FileReader, list_dir

HIP_LIBRARY = re.compile(r"libamdhip64\.so(\.\d+)*")


def find_rocm(environ: Mapping[str, str], root: str = "") -> tuple[str | None, str | None]:
    """Folder and version of the first ROCm that tells its version; None where there is none."""
    reader = FileReader()
    for folder in rocm_folders(environ, root):
        version = reader.read(f"{folder}/.info/version")
        if version:
            return folder, version.decode("ascii", "replace").strip()[:40]
    return None, None


def find_hip_library(environ: Mapping[str, str], root: str = "") -> str | None:
    """The HIP library, which distributions put elsewhere than ROCm's own packages do."""
    folders = [f"{folder}/lib" for folder in rocm_folders(environ, root)]
    for folder in (*folders, *(root + folder for folder in SYSTEM_FOLDERS)):
        names = [name for name in list_dir(folder) if HIP_LIBRARY.fullmatch(name)]
        if names:
            return f"{folder}/{max(names)}"
    return None
