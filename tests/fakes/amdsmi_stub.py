"""Builds the pretend AMD library and holds the file it answers from."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("amdsmi_stub.c")


class AmdSmiStub:
    """The library in `rocm_path`/lib, answering from a file that `say` rewrites."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is None:
            pytest.skip("no C compiler: the pretend AMD library cannot be built")
        self.rocm_path = folder
        self.answers = folder / "answers"
        library = folder / "lib" / "libamd_smi.so"
        library.parent.mkdir()
        subprocess.run(
            [compiler, "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, SOURCE], check=True
        )

    def environ(self) -> dict[str, str]:
        """What makes a child find it."""
        return {"ROCM_PATH": str(self.rocm_path), "AMDSMI_STUB": str(self.answers)}

    def say(self, *lines: str) -> None:
        """Answer like this from now on; replaced in one step, so no reader sees half of it."""
        new = self.answers.with_suffix(".new")
        new.write_text("".join(f"{line}\n" for line in lines))
        new.replace(self.answers)
