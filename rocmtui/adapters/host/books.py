"""One process of the server: what it used since the last look, and its memory."""

from __future__ import annotations

import re

import msgspec

from rocmtui.adapters.host.processes import ProcessStat, read_stat
from rocmtui.adapters.host.threads import Threads, ThreadTimes
from rocmtui.adapters.machine.small_file import FileReader

_KB = re.compile(rb"(?m)^(RssAnon|RssFile|RssShmem|VmSwap):\s+(\d+) kB$")
_READ = re.compile(rb"(?m)^read_bytes: (\d+)$")


class Used(msgspec.Struct, frozen=True):
    """What a process used since the last look, and what it holds now."""

    threads: int
    cpu_s: float
    major_faults: int
    read_bytes: int | None
    """None for another user's process."""
    times: list[ThreadTimes] | None
    """None where the kernel keeps no such books."""
    memory: dict[str, int]
    """RssAnon, RssFile, RssShmem and VmSwap in bytes, those that are known."""
    is_new: bool
    """The first look: nothing is used yet."""


class ProcessBooks:
    """Of one process for good."""

    def __init__(self, files: FileReader, proc: str, pid: int) -> None:
        self._files = files
        self._folder = f"{proc}/{pid}"
        self._proc = proc
        self._pid = pid
        self._threads = Threads(proc, pid)
        self._last: tuple[ProcessStat, int | None] | None = None

    def read(self) -> Used | None:
        """None where it has ended, or another process has its number."""
        stat = read_stat(self._files, self._proc, self._pid)
        last = self._last
        if stat is None or (last is not None and last[0].start_ticks != stat.start_ticks):
            return None
        found = _READ.search(self._files.read(f"{self._folder}/io") or b"")
        total = int(found[1]) if found else None
        times = self._threads.read(stat.threads)
        self._last = (stat, total)
        before, before_total = last or (stat, total)
        return Used(
            threads=stat.threads,
            cpu_s=stat.cpu_s - before.cpu_s,
            major_faults=stat.major_faults - before.major_faults,
            read_bytes=None if total is None else total - (total if before_total is None else before_total),
            times=times,
            memory=self._memory(),
            is_new=last is None,
        )

    def close(self) -> None:
        """Let its files go."""
        self._threads.close()

    def _memory(self) -> dict[str, int]:
        text = self._files.read(f"{self._folder}/status") or b""
        return {name.decode(): int(size) * 1024 for name, size in _KB.findall(text)}
