"""What a process may use: its control groups (both versions) and its affinity."""

from __future__ import annotations

import os
from collections.abc import Callable

import msgspec

from rocmtui.adapters.machine.seldom import Seldom
from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.core.host.cgroup import (
    Groups,
    counters,
    cpu_count,
    group_paths,
    groups_of,
    hierarchies,
    limit_bytes,
    quota_v1,
    quota_v2,
)
from rocmtui.core.host.sample import Limits

LOOK_NS = 2_000_000_000
"""How often limits are read; how often the quota was used up is counted every time."""
FIND_NS = 10_000_000_000
"""How often is looked which group a process is in."""


def _affinity(pid: int) -> int | None:
    try:
        return len(os.sched_getaffinity(pid))
    except OSError:
        return None


class LimitReader:
    """Of one process. One thread only."""

    def __init__(
        self,
        pid: int | str,
        proc: str = "/proc",
        memory_bytes: int | None = None,
        affinity: Callable[[int], int | None] = _affinity,
    ) -> None:
        """`memory_bytes` of the machine: a limit beyond it is none."""
        self._pid = pid
        self._proc = proc
        self._memory_bytes = memory_bytes
        self._affinity = affinity
        self._text = FileReader().text
        self._cpu = self._memory = self._cpuset = Groups((), True)
        self._found = Seldom[None](FIND_NS)
        self._limits = Seldom[Limits](LOOK_NS)
        self._quotas: tuple[str, ...] = ()
        """Folders whose quota is counted."""
        self._counts: dict[str, tuple[int, int, float | None]] = {}
        self._counted_ns: int | None = None

    def read(self, now_ns: int) -> Limits:
        """The limits now, with the quota's periods since the last look."""
        self._found.at(now_ns, self._find)
        limits = self._limits.at(now_ns, self._look)
        periods, throttled, held_s = self._count()
        span_s = (now_ns - self._counted_ns) / 1e9 if self._counted_ns is not None else 0.0
        self._counted_ns = now_ns
        return msgspec.structs.replace(
            limits,
            periods=periods,
            throttled_periods=throttled,
            throttled_time_share=min(held_s / span_s, 1.0) if held_s is not None and span_s > 0 else None,
        )

    def oom_kills(self) -> int | None:
        """Processes killed for the limit of its group or one around it."""
        name = "memory.events" if self._memory.version_2 else "memory.oom_control"
        kills = [counters(self._text(f"{folder}/{name}")).get("oom_kill") for folder in self._memory.folders]
        known = [count for count in kills if count is not None]
        if not known:
            return None
        return max(known) if self._memory.version_2 else sum(known)

    def _find(self) -> None:
        trees = hierarchies(self._text(f"{self._proc}/self/mountinfo", 1 << 20))
        paths = group_paths(self._text(f"{self._proc}/{self._pid}/cgroup"))
        self._cpu, self._memory, self._cpuset = (
            groups_of(name, paths, trees) for name in ("cpu", "memory", "cpuset")
        )

    def _look(self) -> Limits:
        quotas = {folder: quota for folder in self._cpu.folders if (quota := self._quota(folder)) is not None}
        self._quotas = tuple(quotas)
        limit, used, own = self._memory_limit()
        pid = os.getpid() if self._pid == "self" else int(self._pid)
        allowed = [self._affinity(pid), self._cpus()]
        return Limits(
            cores=min((count for count in allowed if count is not None), default=None),
            quota_cores=min(quotas.values(), default=None),
            memory_limit_bytes=limit,
            memory_used_bytes=used,
            memory_own_bytes=own,
            oom_kills=self.oom_kills(),
        )

    def _quota(self, folder: str) -> float | None:
        if self._cpu.version_2:
            return quota_v2(self._text(f"{folder}/cpu.max"))
        return quota_v1(self._text(f"{folder}/cpu.cfs_quota_us"), self._text(f"{folder}/cpu.cfs_period_us"))

    def _memory_limit(self) -> tuple[int | None, int | None, int | None]:
        """The least of the group and those around it; what is used of it, with and without page cache."""
        is_2 = self._memory.version_2
        names = ("memory.max", "memory.high") if is_2 else ("memory.limit_in_bytes",)
        used = "memory.current" if is_2 else "memory.usage_in_bytes"
        found = []
        for folder in self._memory.folders:
            for name in names:
                limit = limit_bytes(self._text(f"{folder}/{name}"))
                if limit is not None and limit < (self._memory_bytes or limit + 1):
                    found.append((limit, folder))
        if not found:
            return None, None, None
        least, where = min(found)
        stat = counters(self._text(f"{where}/memory.stat"))
        return (
            least,
            limit_bytes(self._text(f"{where}/{used}")),
            stat.get("anon", stat.get("total_rss")),
        )

    def _cpus(self) -> int | None:
        names = (
            ("cpuset.cpus.effective",) if self._cpuset.version_2 else ("cpuset.effective_cpus", "cpuset.cpus")
        )
        for folder in self._cpuset.folders:
            for name in names:
                if count := cpu_count(self._text(f"{folder}/{name}")):
                    return count
        return None

    def _count(self) -> tuple[int, int, float | None]:
        """Periods, throttled ones, seconds held back since the last look; of the group with most of them."""
        most: tuple[int, int, float | None] = (0, 0, None)
        for folder in self._quotas:
            stat = counters(self._text(f"{folder}/cpu.stat"))
            now = (stat.get("nr_periods", 0), stat.get("nr_throttled", 0), _held_s(stat))
            before = self._counts.get(folder, now)
            self._counts[folder] = now
            held_s = now[2] - before[2] if now[2] is not None and before[2] is not None else None
            since = (now[0] - before[0], now[1] - before[1], held_s)
            most = max(most, since, key=lambda one: (one[1], one[0]))
        return most


def _held_s(stat: dict[str, int]) -> float | None:
    """Version 2 counts microseconds, version 1 nanoseconds."""
    if "throttled_usec" in stat:
        return stat["throttled_usec"] / 1e6
    return stat["throttled_time"] / 1e9 if "throttled_time" in stat else None
