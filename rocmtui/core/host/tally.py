"""Sums the host up over the time in which tokens were made, and names what slowed them."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable
from heapq import nlargest
from typing import Any

import msgspec

from rocmtui.core.host.causes import LEAST_SHARE, ROWS, Told, seen_in
from rocmtui.core.host.sample import Cause, HostSample, HostSummary, Pressure, Program, ServerLoad

MOST_PROGRAMS = 5


_SETTINGS = (
    *("physical_cores", "fast_cores", "numa_nodes", "numa_balancing", "huge_pages", "clock_max_hz"),
    *("memory_total_bytes", "governor", "preference", "profile", "on_battery"),
)
"""What a machine is and how it is set, told as it was last."""
MEANS = ("cores_used", "wait_share", "busiest_share")
RATES = ("major_faults_per_s", "disk_read_bytes_per_s")
STALLS = Pressure.__struct_fields__
PEAKS = {
    "threads": "threads",
    "weights_bytes": "weights_bytes",
    "own_bytes": "own_peak_bytes",
    "swap_bytes": "swap_peak_bytes",
}
"""Field of a sample to that of the summary."""


class HostTally:
    """Takes samples in order of time. Constant memory but for one number a sample."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._samples = 0
        self._newest: HostSample | None = None
        self._missing_bytes: int | None = None
        self._sums: dict[str, float] = defaultdict(float)
        self._known_s: dict[str, float] = defaultdict(float)
        """For how long each figure of `_sums`, a value times its seconds, was known."""
        self._extremes: dict[str, Any] = {}
        """By field of HostSummary."""
        self._working: list[int] = []
        self._periods = self._throttled = 0
        self._programs: dict[str, float] = defaultdict(float)
        self._seen_s: dict[str, float] = defaultdict(float)

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
            self._seen_s[code] += counted_s

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
            clock_mean_hz=None if (clock_hz := value("clock_hz")) is None else round(clock_hz),
            working_threads=round(statistics.median(self._working)) if self._working else None,
            server_cores_mean=value("cores_used"),
            other_cores_mean=value("other_cores"),
            stolen_share=value("stolen_share"),
            wait_share=value("wait_share"),
            busiest_share=value("busiest_share"),
            major_faults=self._total("major_faults_per_s"),
            disk_read_bytes=self._total("disk_read_bytes_per_s"),
            periods=self._periods or None,
            throttled_periods=self._throttled if self._periods else None,
            **self._extremes,
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
            share = self._seen_s[row.code] / self._seconds
            words = row.words(told) if share >= LEAST_SHARE else None
            if words is not None:
                causes.append(Cause(code=row.code, text=words[0], remedy=words[1], share=share))
        return tuple(sorted(causes, key=lambda cause: -cause.share))

    def _server(self, server: ServerLoad, seconds: float) -> None:
        for name in (*MEANS, *RATES):
            self._mean(name, getattr(server, name), seconds)
        for name, told in PEAKS.items():
            self._extreme(max, told, getattr(server, name))
        self._extreme(min, "weights_resident_bytes", server.weights_resident_bytes)
        if server.working_threads is not None:
            self._working.append(server.working_threads)

    def _machine(self, sample: HostSample, seconds: float) -> None:
        machine = sample.machine
        self._mean("other_cores", machine.other_cores, seconds)
        self._mean("stolen_share", machine.stolen_share, seconds)
        self._mean("clock_hz", machine.clock_hz, seconds)
        self._extreme(min, "memory_available_bytes", machine.memory_available_bytes)
        for name in STALLS:
            self._mean(f"pressure {name}", getattr(machine.pressure, name), seconds)
        for program in machine.programs:
            self._programs[program.name] += program.cores * seconds

    def _mean(self, name: str, value: float | None, seconds: float) -> None:
        if value is not None:
            self._sums[name] += value * seconds
            self._known_s[name] += seconds

    def _value(self, name: str) -> float | None:
        return self._sums[name] / self._known_s[name] if self._known_s[name] else None

    def _total(self, name: str) -> int | None:
        """Of a rate, what it came to."""
        return round(self._sums[name]) if self._known_s[name] else None

    def _extreme(self, choose: Callable[[int, int], int], name: str, value: int | None) -> None:
        if value is not None:
            self._extremes[name] = choose(value, self._extremes.get(name, value))


def missing_bytes(server: ServerLoad) -> int | None:
    """What of the mapped weights is not in memory."""
    if server.weights_bytes is None or server.weights_resident_bytes is None:
        return None
    return max(server.weights_bytes - server.weights_resident_bytes, 0)
