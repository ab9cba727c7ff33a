"""Who listens at an address: ours by its sockets, another user's by its command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rocmtui.adapters.server import local_process
from rocmtui.adapters.server.local_process import listening_process

PORT = 8099
SOCKET = "0100007F:1FA3 00000000:0000 0A 00000000:00000000 00:00000000 00000000"


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(local_process, "PROC", tmp_path)
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(f"head\n 0: {SOCKET} {os.getuid()} 0 777 1\n")
    return tmp_path


def process(proc: Path, pid: int, *command: str, socket: str | None = None) -> None:
    folder = proc / str(pid)
    folder.mkdir()
    folder.joinpath("stat").write_text(f"{pid} (x) S {'0 ' * 18}5 0\n")
    folder.joinpath("cmdline").write_bytes("".join(f"{word}\0" for word in command).encode())
    if socket is not None:
        (folder / "fd").mkdir()
        (folder / "fd" / "3").symlink_to(f"socket:[{socket}]")


def test_the_owner_of_the_socket(proc: Path) -> None:
    process(proc, 1, "llama-server", "--port", str(PORT))
    process(proc, 2, "wrapper", socket="777")
    found = listening_process(f"http://127.0.0.1:{PORT}")
    assert found is not None
    assert found.pid == 2


def test_hidden_sockets_leave_the_command_line(proc: Path) -> None:
    process(proc, 1, "llama-server", "-m", "m.gguf", "--port", str(PORT))
    process(proc, 2, "llama-server", "--port", "1")
    found = listening_process(f"http://127.0.0.1:{PORT}")
    assert found is not None
    assert found.pid == 1


def test_two_that_name_the_port_are_none(proc: Path) -> None:
    process(proc, 1, "llama-server", "--port", str(PORT))
    process(proc, 2, "watch", f"--port={PORT}")
    assert listening_process(f"http://127.0.0.1:{PORT}") is None
