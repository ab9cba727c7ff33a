"""How busy the processors are, from /proc; the server's own work and ours left out."""

from __future__ import annotations

import os
from pathlib import Path

from rocmtui.adapters.machine.proc_stat import stat_fields
from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.core.bench.settling import MachineReading

_TICKS = os.sysconf("SC_CLK_TCK")


class ProcMachine:
    """Implements services.bench_ports.MachineWatch. Each reading covers the time since the last."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = str(proc)
        self._files = FileReader()
        self._last: tuple[float, float] | None = None
        self._own: dict[int, float] = {}

    def read(self, server_pid: int | None) -> MachineReading:
        """The machine now; `busy_cores` is None at the first call and where /proc is not to be read."""
        return MachineReading(
            load_average=self._load_average(),
            cores=os.cpu_count(),
            busy_cores=self._busy_cores(server_pid),
        )

    def _load_average(self) -> float | None:
        words = self._files.text(f"{self._proc}/loadavg").split()
        return float(words[0]) if words else None

    def _busy_cores(self, server_pid: int | None) -> float | None:
        busy, total = self._processors()
        own = {pid: self._used(pid) for pid in (os.getpid(), server_pid) if pid is not None}
        before, self._last = self._last, None if total is None else (busy, total)
        known, self._own = self._own, own
        if before is None or total is None or total <= before[1]:
            return None
        ours = sum(used - known[pid] for pid, used in own.items() if pid in known)
        seconds = (total - before[1]) / (os.cpu_count() or 1)
        return max((busy - before[0] - ours) / seconds, 0.0)

    def _processors(self) -> tuple[float, float | None]:
        """Seconds all processors were busy, and seconds in all, since the machine started."""
        ticks = [int(word) for word in self._files.text(f"{self._proc}/stat").partition("\n")[0].split()[1:9]]
        if not ticks:
            return 0.0, None
        idle = ticks[3] + ticks[4]
        return (sum(ticks) - idle) / _TICKS, sum(ticks) / _TICKS

    def _used(self, pid: int) -> float:
        """CPU seconds of a process and the children it waited for."""
        return sum(map(int, stat_fields(pid, self._proc)[11:15])) / _TICKS
