"""A process read by its files."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from msgspec.structs import replace

from rocmtui.adapters.server.program import read_program
from rocmtui.core.server.program import Program

HOLD = """
import mmap, sys
print("nothing", flush=True)
sys.stdin.readline()
with open(sys.argv[1], "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ):
    print("held", flush=True)
    sys.stdin.readline()
"""
"""Of its own: another test may have loaded llama.cpp into this process."""


def test_a_running_process_is_told_by_its_own_file() -> None:
    program = Path(shutil.which("sleep") or "").resolve()
    with subprocess.Popen([program, "60"]) as process:
        found = read_program(process.pid)
        process.kill()
    assert found == Program(sha256=hashlib.sha256(program.read_bytes()).hexdigest())


def test_a_python_is_no_server_but_the_libraries_it_has_loaded_are(tmp_path: Path) -> None:
    """As llama-cpp-python and xllamacpp are: a package whose library is named by version and SHA-256."""
    package = tmp_path / "site-packages" / "llama_cpp"
    (package / "lib").mkdir(parents=True)
    (tmp_path / "site-packages" / "llama_cpp_python-0.3.36.dist-info").mkdir()
    library = package / "lib" / "libllama.so"
    library.write_bytes(bytes(4096))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", HOLD, library], **pipes) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdout.readline()
        assert read_program(holder.pid) is None
        holder.stdin.write("\n")
        holder.stdin.flush()
        holder.stdout.readline()
        found = read_program(holder.pid)
        holder.kill()
    assert found is not None
    assert found.words == f"program {found.digest} of llama_cpp_python 0.3.36"
    assert found.libraries == {"libllama.so": hashlib.sha256(bytes(4096)).hexdigest()}
    assert found.digest == replace(found, sha256="another Python").digest


def test_a_process_that_is_gone_is_not_known() -> None:
    assert read_program(2**22 + 1) is None
