"""Counts the processes that the kernel killed for memory, in a server's group and on the machine."""

from __future__ import annotations

from rocmtui.adapters.host.groups import LimitReader
from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.core.host.cgroup import counters
from rocmtui.core.host.memory_kill import KillCounts, MemoryKill, memory_kill


class OomWatch:
    """Of one process; to be made soon after it was started."""

    def __init__(self, pid: int, proc: str = "/proc") -> None:
        self._proc = proc
        self._group = LimitReader(pid, proc)
        self._limit_bytes = self._group.read(0).memory_limit_bytes
        self._before = self._counts()

    def seen(self) -> MemoryKill | None:
        """What rose since; None where the kernel does not tell."""
        return memory_kill(self._before, self._counts())

    def _counts(self) -> KillCounts:
        return KillCounts(
            group=self._group.oom_kills(),
            machine=counters(FileReader().text(f"{self._proc}/vmstat", 1 << 16)).get("oom_kill"),
            limit_bytes=self._limit_bytes,
        )
