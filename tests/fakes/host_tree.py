"""A pretend /proc, /sys and tree of control groups, written file by file, for the readers of the host."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
MIB = 1 << 20


class HostTree:
    """Changes in place, as a kernel's files do."""

    def __init__(self, root: Path, cores: int = 2) -> None:
        self.root = root
        self.cores = cores
        self.proc = root / "proc"
        self.sys = root / "sys"
        self.groups = self.sys / "fs" / "cgroup"
        self._busy_s = self._idle_s = self._stolen_s = 0.0
        self.write("proc/meminfo", "MemTotal:       16000000 kB\nMemAvailable:    9000000 kB\n")
        self.write("proc/uptime", "1000.00 1500.00\n")
        self.write("proc/vmstat", "pgfault 12\noom_kill 0\n")
        self.pressure()
        self.pass_time(0, 0)
        self.mounted_v2()

    def write(self, path: str, text: str) -> None:
        """One file; of one that is open somewhere the same file."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def pass_time(self, seconds: float, busy_cores: float, stolen_cores: float = 0.0) -> None:
        """Let the machine's processors work for so long."""
        self._busy_s += busy_cores * seconds
        self._idle_s += (self.cores - busy_cores - stolen_cores) * seconds
        self._stolen_s += stolen_cores * seconds
        busy, idle, stolen = (round(s * TICKS) for s in (self._busy_s, self._idle_s, self._stolen_s))
        each = "".join(f"cpu{n} 0 0 0 0 0 0 0 0 0 0\n" for n in range(self.cores))
        self.write("proc/stat", f"cpu  {busy} 0 0 {idle} 0 0 0 {stolen} 0 0\n{each}intr 1\n")

    def pressure(self, cpu_s: float = 0, memory_s: float = 0, memory_full_s: float = 0) -> None:
        """Seconds stalled in all."""
        line = "{} avg10=0.00 avg60=0.00 avg300=0.00 total={}\n"
        self.write("proc/pressure/cpu", line.format("some", int(cpu_s * 1e6)))
        full = line.format("full", int(memory_full_s * 1e6))
        self.write("proc/pressure/memory", line.format("some", int(memory_s * 1e6)) + full)
        self.write("proc/pressure/io", line.format("some", 0) + line.format("full", 0))

    def mounted_v2(self) -> None:
        """One tree for all controllers."""
        self.write("proc/self/mountinfo", f"29 22 0:26 / {self.groups} rw - cgroup2 cgroup2 rw\n")

    def mounted_v1(self) -> None:
        """A tree a controller."""
        lines = (
            f"{number} 22 0:{number} / {self.groups}/{name} rw - cgroup cgroup rw,{name}\n"
            for number, name in enumerate(("cpu", "memory", "cpuset"), 30)
        )
        self.write("proc/self/mountinfo", "".join(lines))

    def process(
        self,
        pid: int,
        *,
        name: str = "llama server",
        cpu_s: float = 0,
        faults: int = 0,
        threads: dict[int, tuple[float, float]] | None = None,
        read_bytes: int | None = 0,
        file_mib: int = 200,
        own_mib: int = 100,
        swap_mib: int = 0,
        group: str = "0::/\n",
        children: str = "",
        start: int = 500,
        state: str = "S",
    ) -> None:
        """A process as it is now; `threads`: seconds run and waited by id; no `read_bytes`: not ours."""
        times = threads if threads is not None else {pid: (cpu_s, 0.0)}
        ticks = round(cpu_s * TICKS)
        fields = f"{state} 1 1 1 0 -1 0 0 0 {faults} 0 {ticks} 0 0 0 20 0 {len(times)} 0 {start} 0 0"
        self.write(f"proc/{pid}/stat", f"{pid} ({name}) {fields}\n")
        memory = {"RssAnon": own_mib, "RssFile": file_mib, "RssShmem": 0, "VmSwap": swap_mib}
        self.write(
            f"proc/{pid}/status", "".join(f"{key}:\t{mib * 1024:8} kB\n" for key, mib in memory.items())
        )
        if read_bytes is not None:
            self.write(f"proc/{pid}/io", f"rchar: 9\nread_bytes: {read_bytes}\n")
        self.write(f"proc/{pid}/cgroup", group)
        for tid, (ran_s, waited_s) in times.items():
            self.write(f"proc/{pid}/task/{tid}/schedstat", f"{int(ran_s * 1e9)} {int(waited_s * 1e9)} 7\n")
            self.write(f"proc/{pid}/task/{tid}/children", children if tid == pid else "")

    def maps(self, pid: int, *lines: str) -> None:
        """Mappings as `start-end path`."""
        rows = (f"{span} r--p 00000000 08:01 1234 {path}\n" for span, path in map(str.split, lines))
        self.write(f"proc/{pid}/maps", "".join(rows))

    def ends(self, pid: int) -> None:
        """The process is gone."""
        shutil.rmtree(self.proc / str(pid))
