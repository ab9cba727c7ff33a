"""What the kernel says of a server and its machine, over the time since the last look. None: not known."""

from __future__ import annotations

import msgspec

MOST_THREADS = 8
"""Threads told one by one."""


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Something of the host that made tokens slow."""

    code: str
    """A row of `core.host.causes`."""
    text: str
    """What was seen, with its figures."""
    remedy: str
    share: float
    """Share of the judged time in which it was so, 0 to 1."""


class ThreadLoad(msgspec.Struct, frozen=True, array_like=True):
    """One thread of the server: shares of the time."""

    ran: float
    waited: float
    """Ready, but no core was to be had."""


class ServerLoad(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The server's processes, its children's too."""

    processes: int = 1
    threads: int | None = None
    working_threads: int | None = None
    """Threads that ran or wanted to for at least half as long as the busiest one."""
    cores_used: float | None = None
    wait_share: float | None = None
    """Share of the time that the working threads were ready and waited for a core."""
    busiest_share: float | None = None
    """Share of the time that the busiest thread ran."""
    busiest_threads: tuple[ThreadLoad, ...] = ()
    """Those that wanted a core the longest, at most MOST_THREADS."""
    weights_bytes: int | None = None
    """Of the model files it has mapped; None where it read them instead."""
    weights_resident_bytes: int | None = None
    """What of its mapped files is in memory (RssFile), at most `weights_bytes`."""
    own_bytes: int | None = None
    """Memory that is no file's: KV cache, buffers, weights that were read instead of mapped."""
    swap_bytes: int | None = None
    major_faults_per_s: float | None = None
    disk_read_bytes_per_s: float | None = None
    """None for another user's process."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the server may use: its container, every group around it, its affinity."""

    cores: int | None = None
    """CPUs it may run on."""
    quota_cores: float | None = None
    """CPU time a second it may use; None: no quota."""
    memory_limit_bytes: int | None = None
    """None: none but the machine's."""
    memory_used_bytes: int | None = None
    """Of that limit, page cache included."""
    memory_own_bytes: int | None = None
    """The same without page cache."""
    periods: int = 0
    """Of the quota, since the last look."""
    throttled_periods: int = 0
    throttled_time_share: float | None = None
    """Share of the time since the last look for which the quota held it back."""
    oom_kills: int | None = None
    """Processes killed for its memory limit, since the group was made."""

    @property
    def whole_cores(self) -> int | None:
        """Whole CPUs' worth of time it may use, at least 1."""
        known = [limit for limit in (self.cores, self.quota_cores) if limit is not None]
        return max(int(min(known)), 1) if known else None

    @property
    def throttled_share(self) -> float | None:
        """Share of the quota's periods in which it was used up."""
        return self.throttled_periods / self.periods if self.periods else None


class Pressure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Shares of the time in which some task, or (`full`) every task, waited for it (PSI)."""

    cpu: float | None = None
    memory: float | None = None
    memory_full: float | None = None
    io: float | None = None
    io_full: float | None = None


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """Another program that was busy: all its processes of one name."""

    name: str
    """Untrusted text."""
    cores: float


class MachineLoad(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The whole machine."""

    cores: int | None = None
    busy_cores: float | None = None
    """By everything, the server included."""
    other_cores: float | None = None
    """By everything but the server and rocmtui."""
    stolen_share: float | None = None
    """Of a virtual machine, share of the processors' time that its host gave to others (steal)."""
    memory_total_bytes: int | None = None
    memory_available_bytes: int | None = None
    pressure: Pressure = Pressure()
    physical_cores: int | None = None
    """Cores, their SMT siblings not counted."""
    fast_cores: int | None = None
    """Those that are no efficiency cores; None where all are alike."""
    numa_nodes: int | None = None
    numa_balancing: bool | None = None
    """Whether the kernel moves pages between nodes while they are used."""
    huge_pages: str | None = None
    """`always`, `madvise` or `never`."""
    clock_hz: int | None = None
    """Mean of the processors' clocks; None in virtual machines."""
    clock_max_hz: int | None = None
    governor: str | None = None
    preference: str | None = None
    """The driver's energy/performance preference."""
    profile: str | None = None
    """The firmware's platform profile."""
    on_battery: bool | None = None
    programs: tuple[Program, ...] = ()
    """Others, busiest first; looked up only while others are busy."""
    oom_kills: int | None = None
    """Processes killed because the machine ran out of memory, since it started."""


class HostSample(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The host at one moment; rates and shares are over the `span_s` before it."""

    at_ns: int
    """Monotonic, the same clock as the tokens'."""
    span_s: float = 0.0
    """0: the first look, which knows no rates."""
    server: ServerLoad | None = None
    """None: no server of this machine is watched."""
    limits: Limits | None = None
    """Of the server, or of rocmtui itself while there is none."""
    machine: MachineLoad = MachineLoad()
    causes: tuple[Cause, ...] = ()
    """What slows the server now, as judged over the last seconds; worst first."""


class HostSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The host over the measured window: the report's `host` block."""

    seconds: float = 0.0
    """Of samples in the measured window."""
    samples: int = 0
    machine_cores: int | None = None
    physical_cores: int | None = None
    """Of the machine, SMT siblings not counted."""
    fast_cores: int | None = None
    """Of these, those that are no efficiency cores; None where all are alike."""
    numa_nodes: int | None = None
    numa_balancing: bool | None = None
    huge_pages: str | None = None
    cores: int | None = None
    """CPUs the server may run on."""
    quota_cores: float | None = None
    memory_limit_bytes: int | None = None
    memory_total_bytes: int | None = None
    governor: str | None = None
    preference: str | None = None
    profile: str | None = None
    on_battery: bool | None = None
    clock_mean_hz: int | None = None
    clock_max_hz: int | None = None
    threads: int | None = None
    """Of the server, at most."""
    working_threads: int | None = None
    """The median of the samples."""
    server_cores_mean: float | None = None
    other_cores_mean: float | None = None
    stolen_share: float | None = None
    """Share of the processors' time that a virtual machine's host gave to others."""
    wait_share: float | None = None
    """Share of the time that the server's working threads waited for a core."""
    busiest_share: float | None = None
    weights_bytes: int | None = None
    weights_resident_bytes: int | None = None
    """At least."""
    own_peak_bytes: int | None = None
    swap_peak_bytes: int | None = None
    major_faults: int | None = None
    disk_read_bytes: int | None = None
    periods: int | None = None
    throttled_periods: int | None = None
    memory_available_bytes: int | None = None
    """At least."""
    pressure: Pressure = Pressure()
    programs: tuple[Program, ...] = ()
    causes: tuple[Cause, ...] = ()
    """Why tokens were slow, worst first; empty: nothing of the host."""
