"""Processes of this machine, from /proc: who listens where, since when, with which command line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rocmtui.adapters.machine.proc_stat import stat_fields
from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.core.server.url import host_of, is_this_machine, port_of

PROC = Path("/proc")
MAX_COMMAND_BYTES = 4 << 20
"""More than the kernel takes of arguments, by default."""
_LISTEN = "0A"


class LocalProcess(msgspec.Struct, frozen=True):
    """Implements `core.ports.LocalProcess`."""

    pid: int
    command: tuple[str, ...]
    start_ticks: int
    """Start since boot in clock ticks; with the pid it names one process for good."""


def read_process(pid: int) -> LocalProcess | None:
    """A process, or None when there is none with this pid."""
    fields = stat_fields(pid, str(PROC))
    if not fields or fields[0] == "Z":
        return None
    words = FileReader().text(f"{PROC}/{pid}/cmdline", MAX_COMMAND_BYTES).split("\0")
    return LocalProcess(pid, tuple(words[:-1]), int(fields[19]))


def parent_of(pid: int) -> int:
    """The parent of a process; 0 where there is none to be seen."""
    fields = stat_fields(pid, str(PROC))
    return int(fields[1]) if fields else 0


def processes() -> Iterator[LocalProcess]:
    """All processes we may look at."""
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (process := read_process(int(entry.name))) is not None:
            yield process


def listening_process(url: str) -> LocalProcess | None:
    """The process that listens at the address; None if it is elsewhere, or not ours to look at."""
    port = port_of(url)
    if port is None or not is_this_machine(host_of(url)):
        return None
    owners = dict(_listening_sockets(port))
    if not owners:
        return None
    known = list(processes())
    for process in known:
        with contextlib.suppress(OSError):
            for fd in (PROC / str(process.pid) / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if str(fd.readlink()) in owners:
                        return process
    return _of_another_user(known, port, set(owners.values()))


def _of_another_user(known: list[LocalProcess], port: int, owners: set[int]) -> LocalProcess | None:
    """The one process of the sockets' owner whose command line names the port; its sockets are hidden."""
    named = [process for process in known if _names_port(process.command, str(port))]
    theirs = []
    for process in named:
        with contextlib.suppress(OSError):
            if (PROC / str(process.pid)).stat().st_uid in owners:
                theirs.append(process)
    return theirs[0] if len(theirs) == 1 else None


def _names_port(command: tuple[str, ...], port: str) -> bool:
    given = zip(command, (*command[1:], ""), strict=True)
    return any(word == f"--port={port}" or (word == "--port" and value == port) for word, value in given)


def _listening_sockets(port: int) -> Iterator[tuple[str, int]]:
    """Name and owner of each socket that listens there."""
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (PROC / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                    yield f"socket:[{fields[9]}]", int(fields[7])
