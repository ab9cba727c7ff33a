"""Sums the host up over the time in which tokens were made, and names what slowed them."""

from __future__ import annotations

import statistics
from heapq import nlargest

import msgspec

from rocmtui.core.host.causes import LEAST_SHARE, ROWS, Told, seen_in
from rocmtui.core.host.sample import Cause, HostSample, HostSummary, Pressure, Program, ServerLoad

MOST_PROGRAMS = 5


class _Mean(msgspec.Struct):
    """A mean over time."""

    total: float = 0.0
    seconds: float = 0.0

    def add(self, value: float | None, seconds: float) -> None:
        """Take a value that held for so long; what is not known adds nothing."""
        if value is not None:
            self.total += value * seconds
            self.seconds += seconds

    @property
    def value(self) -> float | None:
        return self.total / self.seconds if self.seconds else None


_SETTINGS = (
    *("physical_cores", "fast_cores", "numa_nodes", "numa_balancing", "huge_pages", "clock_max_hz"),
    *("memory_total_bytes", "governor", "preference", "profile", "on_battery"),
)
"""What a machine is and how it is set, told as it was last."""
MEANS = ("cores_used", "wait_share", "busiest_share")
RATES = ("major_faults_per_s", "disk_read_bytes_per_s")
STALLS = Pressure.__struct_fields__


class HostTally:
    """Takes samples in order of time. Constant memory but for one number a sample."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._samples = 0
        self._newest: HostSample | None = None
        self._missing_bytes: int | None = None
        self._means: dict[str, _Mean] = {}
        self._peaks: dict[str, float] = {}
        self._leasts: dict[str, float] = {}
        self._working: list[int] = []
        self._periods = self._throttled = 0
        self._programs: dict[str, float] = {}
        self._seen_s: dict[str, float] = {}

    def add(self, sample: HostSample, counted_s: float, card_busy: float | None = None) -> None:
        """Take a sample of which `counted_s` seconds were measured; `card_busy` is a share.

        One that counts for nothing tells how things were before.
        """
        if counted_s <= 0 or sample.span_s <= 0:
            if sample.server is not None and not self._samples:
                self._missing_bytes = missing_bytes(sample.server)
            return
        self._seconds += counted_s
        self._samples += 1
        self._newest = sample
        self._mean("card", card_busy, counted_s)
        self._machine(sample, counted_s)
        if sample.server is not None:
            self._server(sample.server, counted_s)
        if sample.limits is not None:
            self._periods += sample.limits.periods
            self._throttled += sample.limits.throttled_periods
        for code in seen_in(sample, card_busy):
            self._seen_s[code] = self._seen_s.get(code, 0.0) + counted_s

    def summary(self) -> HostSummary | None:
        """The host so far, with its causes; None before the first sample that counts."""
        if self._newest is None:
            return None
        limits, machine = self._newest.limits, self._newest.machine
        value = self._value
        busiest = ((core_seconds, name) for name, core_seconds in self._programs.items())
        summary = HostSummary(
            seconds=self._seconds,
            samples=self._samples,
            machine_cores=machine.cores,
            cores=limits.cores if limits else None,
            quota_cores=limits.quota_cores if limits else None,
            memory_limit_bytes=limits.memory_limit_bytes if limits else None,
            clock_mean_hz=_whole(value("clock_hz")),
            threads=_whole(self._peaks.get("threads")),
            working_threads=round(statistics.median(self._working)) if self._working else None,
            server_cores_mean=value("cores_used"),
            other_cores_mean=value("other_cores"),
            stolen_share=value("stolen_share"),
            wait_share=value("wait_share"),
            busiest_share=value("busiest_share"),
            weights_bytes=_whole(self._peaks.get("weights_bytes")),
            weights_resident_bytes=_whole(self._leasts.get("weights_resident_bytes")),
            own_peak_bytes=_whole(self._peaks.get("own_bytes")),
            swap_peak_bytes=_whole(self._peaks.get("swap_bytes")),
            major_faults=self._total("major_faults_per_s"),
            disk_read_bytes=self._total("disk_read_bytes_per_s"),
            periods=self._periods or None,
            throttled_periods=self._throttled if self._periods else None,
            memory_available_bytes=_whole(self._leasts.get("memory_available_bytes")),
            **{name: getattr(machine, name) for name in _SETTINGS},
            pressure=Pressure(**{name: value(f"pressure {name}") for name in STALLS}),
            programs=tuple(
                Program(name=name, cores=core_seconds / self._seconds)
                for core_seconds, name in nlargest(MOST_PROGRAMS, busiest)
            ),
        )
        return msgspec.structs.replace(summary, causes=self._causes(summary))

    def _causes(self, summary: HostSummary) -> tuple[Cause, ...]:
        told = Told(summary, self._missing_bytes, self._value("card"))
        causes = []
        for row in ROWS:
            share = self._seen_s.get(row.code, 0.0) / self._seconds
            words = row.words(told) if share >= LEAST_SHARE else None
            if words is not None:
                causes.append(Cause(code=row.code, text=words[0], remedy=words[1], share=share))
        return tuple(sorted(causes, key=lambda cause: -cause.share))

    def _server(self, server: ServerLoad, seconds: float) -> None:
        for name in (*MEANS, *RATES):
            self._mean(name, getattr(server, name), seconds)
        for name in ("threads", "weights_bytes", "own_bytes", "swap_bytes"):
            self._peak(name, getattr(server, name))
        self._least("weights_resident_bytes", server.weights_resident_bytes)
        if server.working_threads is not None:
            self._working.append(server.working_threads)

    def _machine(self, sample: HostSample, seconds: float) -> None:
        machine = sample.machine
        self._mean("other_cores", machine.other_cores, seconds)
        self._mean("stolen_share", machine.stolen_share, seconds)
        self._mean("clock_hz", machine.clock_hz, seconds)
        self._least("memory_available_bytes", machine.memory_available_bytes)
        for name in STALLS:
            self._mean(f"pressure {name}", getattr(machine.pressure, name), seconds)
        for program in machine.programs:
            known = self._programs.get(program.name, 0.0)
            self._programs[program.name] = known + program.cores * seconds

    def _mean(self, name: str, value: float | None, seconds: float) -> None:
        self._means.setdefault(name, _Mean()).add(value, seconds)

    def _value(self, name: str) -> float | None:
        mean = self._means.get(name)
        return mean.value if mean else None

    def _total(self, name: str) -> int | None:
        """Of a rate, what it came to."""
        mean = self._means.get(name)
        return round(mean.total) if mean and mean.seconds else None

    def _peak(self, name: str, value: float | None) -> None:
        if value is not None:
            self._peaks[name] = max(value, self._peaks.get(name, value))

    def _least(self, name: str, value: float | None) -> None:
        if value is not None:
            self._leasts[name] = min(value, self._leasts.get(name, value))


def missing_bytes(server: ServerLoad) -> int | None:
    """What of the mapped weights is not in memory."""
    if server.weights_bytes is None or server.weights_resident_bytes is None:
        return None
    return max(server.weights_bytes - server.weights_resident_bytes, 0)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
