"""Which other programs use the processors, by name; a few processes at a time, only while others are busy."""

from __future__ import annotations

from heapq import nlargest

from rocmtui.adapters.host.processes import read_stat
from rocmtui.adapters.machine.small_file import FileReader, list_dir
from rocmtui.core.host.sample import Program

A_LOOK = 10
"""Processes read at a time, some 20 µs each: a machine with thousands only takes longer to go through."""
MOST = 5
LEAST_CORES = 0.1


class Programs:
    """Goes round and round over all processes. What one used is taken from one round to the next.

    In the first round a process that used at least half a core all its life is named already.
    """

    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc
        self._files = FileReader()
        self._queue: list[int] = []
        self._last: dict[int, tuple[int, float, float]] = {}
        """Process to start, seconds used, and when that was."""
        self._cores: dict[int, tuple[str, float]] = {}

    def look(self, now_ns: int, uptime_s: float | None, but: frozenset[int]) -> tuple[Program, ...]:
        """The busiest known by now; `but` are the server's processes and ours."""
        if not self._queue:
            self._queue = sorted((int(name) for name in list_dir(self._proc) if name.isdigit()), reverse=True)
            alive = set(self._queue)
            self._cores = {pid: used for pid, used in self._cores.items() if pid in alive}
            self._last = {pid: last for pid, last in self._last.items() if pid in alive}
        for _ in range(min(A_LOOK, len(self._queue))):
            pid = self._queue.pop(0)
            if pid not in but:
                self._read(pid, now_ns / 1e9, uptime_s)
        by_name: dict[str, float] = {}
        for name, cores in self._cores.values():
            by_name[name] = by_name.get(name, 0.0) + cores
        busiest = nlargest(MOST, by_name.items(), key=lambda item: item[1])
        named = [(name, round(cores, 3)) for name, cores in busiest if cores >= LEAST_CORES]
        return tuple(Program(name=name, cores=cores) for name, cores in named)

    def rest(self) -> None:
        """Nobody else is busy: forget what was read."""
        self._queue.clear()
        self._last.clear()
        self._cores.clear()

    def _read(self, pid: int, now_s: float, uptime_s: float | None) -> None:
        stat = read_stat(self._files, self._proc, pid)
        if stat is None:
            self._cores.pop(pid, None)
            return
        start, used_s, at_s = self._last.get(pid, (-1, 0.0, 0.0))
        if start == stat.start_ticks and now_s > at_s:
            self._cores[pid] = (stat.name, (stat.cpu_s - used_s) / (now_s - at_s))
        elif uptime_s is not None:
            life_s = max(uptime_s - stat.start_s, 1.0)
            if stat.cpu_s / life_s >= 0.5:
                self._cores[pid] = (stat.name, stat.cpu_s / life_s)
        self._last[pid] = (stat.start_ticks, stat.cpu_s, now_s)
