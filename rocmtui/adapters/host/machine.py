"""The machine as a whole: busy cores, memory, pressure, clocks and power profiles."""

from __future__ import annotations

import os
import re

import msgspec

from rocmtui.adapters.host.topology import Topology, read_topology
from rocmtui.adapters.machine.seldom import Seldom
from rocmtui.adapters.machine.small_file import FileReader, list_dir
from rocmtui.core.host.cgroup import counters
from rocmtui.core.host.sample import MachineLoad, Pressure
from rocmtui.core.text.sanitize import clean_line

CLOCKS_NS = 5_000_000_000
MOST_CLOCKS = 8
"""Processors whose clock is read: some drivers wake the processor that is asked."""
_KB = re.compile(rb"(?m)^(MemTotal|MemAvailable):\s+(\d+) kB$")
_TOTALS = re.compile(rb"(?m)^(some|full) .*total=(\d+)$")
_PRESSURES = {
    ("cpu", b"some"): "cpu",
    ("memory", b"some"): "memory",
    ("memory", b"full"): "memory_full",
    ("io", b"some"): "io",
    ("io", b"full"): "io_full",
}


class MachineReader:
    """Reads again and again. One thread only."""

    def __init__(self, proc: str = "/proc", root: str = "/sys") -> None:
        self._proc = proc
        self._root = root
        self._files = FileReader()
        self._cores = os.cpu_count() if proc == "/proc" else None
        self._ticks: tuple[int, int, int] | None = None
        """Idle, stolen and in all."""
        self._stalls: dict[str, int] = {}
        self._topology: Topology | None = None
        self._slow = Seldom[MachineLoad](CLOCKS_NS)

    def read(self, now_ns: int, span_s: float) -> MachineLoad:
        """The machine since the last look, `span_s` ago."""
        busy_cores, stolen_share = self._used()
        sizes = dict(_KB.findall(self._files.read(f"{self._proc}/meminfo") or b""))
        memory = {name: int(size) * 1024 for name, size in sizes.items()}
        return msgspec.structs.replace(
            self._slow.at(now_ns, self._look),
            cores=self._cores,
            busy_cores=busy_cores,
            stolen_share=stolen_share,
            memory_total_bytes=memory.get(b"MemTotal"),
            memory_available_bytes=memory.get(b"MemAvailable"),
            pressure=self._pressure(span_s),
        )

    def uptime_s(self) -> float | None:
        """Since the machine started."""
        words = (self._files.read(f"{self._proc}/uptime") or b"").split()
        return float(words[0]) if words else None

    def _used(self) -> tuple[float | None, float | None]:
        """Busy cores and the stolen share, from the first line of /proc/stat; None at the first look.

        Stolen time is no program's of this machine.
        """
        lines = (self._files.read(f"{self._proc}/stat", 1 << 16) or b"").splitlines()
        if not lines or not lines[0].startswith(b"cpu "):
            return None, None
        if self._cores is None:
            self._cores = sum(1 for line in lines if re.match(rb"cpu\d", line)) or None
        ticks = [int(word) for word in lines[0].split()[1:9]]
        idle, stolen, every = ticks[3] + ticks[4], sum(ticks[7:]), sum(ticks)
        before, self._ticks = self._ticks, (idle, stolen, every)
        if before is None or every <= before[2] or self._cores is None:
            return None, None
        idle, stolen, every = (max(now - then, 0) for now, then in zip(self._ticks, before, strict=True))
        return round(max(every - idle - stolen, 0) / every * self._cores, 4), round(stolen / every, 5)

    def _pressure(self, span_s: float) -> Pressure:
        shares: dict[str, float] = {}
        for kind in ("cpu", "memory", "io"):
            for level, total in _TOTALS.findall(self._files.read(f"{self._proc}/pressure/{kind}") or b""):
                name = _PRESSURES.get((kind, level))
                if name is None:
                    continue
                before, self._stalls[name] = self._stalls.get(name), int(total)
                if before is not None and span_s > 0:
                    shares[name] = round(min((int(total) - before) / 1e6 / span_s, 1.0), 5)
        return Pressure(**shares)

    def _look(self) -> MachineLoad:
        """What changes slowly."""
        policy = f"{self._root}/devices/system/cpu/cpu0/cpufreq"
        clocks = [clock for name in self._processors() if (clock := self._number(name)) is not None]
        most = self._number(f"{policy}/cpuinfo_max_freq")
        if self._topology is None:
            self._topology = read_topology(self._files, self._root)
        kills = counters(self._files.text(f"{self._proc}/vmstat", 1 << 16)).get("oom_kill")
        balancing = self._word(f"{self._proc}/sys/kernel/numa_balancing")
        huge = self._word(f"{self._root}/kernel/mm/transparent_hugepage/enabled") or ""
        return MachineLoad(
            **msgspec.structs.asdict(self._topology),
            numa_balancing=None if balancing is None else balancing != "0",
            huge_pages=huge.partition("[")[2].partition("]")[0] or None,
            clock_hz=sum(clocks) // len(clocks) * 1000 if clocks else None,
            clock_max_hz=None if most is None else most * 1000,
            governor=self._word(f"{policy}/scaling_governor"),
            preference=self._word(f"{policy}/energy_performance_preference"),
            profile=self._word(f"{self._root}/firmware/acpi/platform_profile"),
            on_battery=self._on_battery(),
            oom_kills=kills,
        )

    def _processors(self) -> list[str]:
        folder = f"{self._root}/devices/system/cpu"
        names = [name for name in list_dir(folder) if re.fullmatch(r"cpu\d+", name)]
        step = max(len(names) // MOST_CLOCKS, 1)
        return [f"{folder}/{name}/cpufreq/scaling_cur_freq" for name in names[::step][:MOST_CLOCKS]]

    def _on_battery(self) -> bool | None:
        """None without a mains supply to ask: a desktop."""
        folder = f"{self._root}/class/power_supply"
        supplies = [name for name in list_dir(folder) if self._word(f"{folder}/{name}/type") == "Mains"]
        online = [self._word(f"{folder}/{name}/online") for name in supplies]
        return "1" not in online if online else None

    def _number(self, path: str) -> int | None:
        word = self._word(path)
        return int(word) if word and word.isdecimal() else None

    def _word(self, path: str) -> str | None:
        return clean_line(self._files.text(path, 256).strip(), 40) or None
