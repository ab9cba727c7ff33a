"""Books of single processes: what they used, who their children are."""

from __future__ import annotations

import os

import msgspec

from rocmtui.adapters.machine.small_file import FileReader, list_dir

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
TASKS_A_LOOK = 12
"""Threads asked for their children at a time; after the first look one with more is gone through in turns."""
CHILDREN_EVERY = 4
"""Looks from one search for children to the next."""
MOST = 256


class ProcessStat(msgspec.Struct, frozen=True):
    """Of /proc/PID/stat."""

    name: str
    cpu_s: float
    """User and system, since its start."""
    major_faults: int
    threads: int
    start_ticks: int
    """With the pid it names one process for good."""

    @property
    def start_s(self) -> float:
        """Seconds from the machine's start to its own."""
        return self.start_ticks * TICK_S


def read_stat(files: FileReader, proc: str, pid: int) -> ProcessStat | None:
    """None where there is no such process, or it has ended and waits for its parent."""
    data = files.read(f"{proc}/{pid}/stat", 1024)
    if not data:
        return None
    before, _, after = data.rpartition(b") ")
    fields = after.split()
    if len(fields) < 20 or fields[0] in (b"Z", b"X"):
        return None
    return ProcessStat(
        name=before.partition(b"(")[2].decode(errors="replace"),
        cpu_s=(int(fields[11]) + int(fields[12])) * TICK_S,
        major_faults=int(fields[9]),
        threads=int(fields[17]),
        start_ticks=int(fields[19]),
    )


class Tree:
    """A process and its descendants, found a few threads at a time."""

    def __init__(self, files: FileReader, proc: str, root: int) -> None:
        self._files = files
        self._proc = proc
        self.pids = [root]
        self._turns: dict[int, int] = {}
        self._looks = 0

    def look(self, but: frozenset[int] = frozenset()) -> tuple[int, ...]:
        """Those known by now, the root first; descendants of `but` and itself are left out."""
        if self._looks % CHILDREN_EVERY == 0:
            for pid in list(self.pids):
                for child in self._children(pid):
                    if child not in self.pids and child not in but and len(self.pids) < MOST:
                        self.pids.append(child)
        self._looks += 1
        return tuple(self.pids)

    def forget(self, pid: int) -> None:
        """One has ended."""
        if pid in self.pids[1:]:
            self.pids.remove(pid)
            self._turns.pop(pid, None)

    def _children(self, pid: int) -> list[int]:
        tasks = list_dir(f"{self._proc}/{pid}/task")
        turn = self._turns.get(pid, 0)
        end = turn + TASKS_A_LOOK if pid in self._turns else len(tasks)
        self._turns[pid] = end if end < len(tasks) else 0
        found: list[int] = []
        for task in tasks[turn:end]:
            text = self._files.read(f"{self._proc}/{pid}/task/{task}/children") or b""
            found += [int(child) for child in text.split() if child.isdigit()]
        return found
