"""What the audit of a run says of each machine the load came from."""

from __future__ import annotations

from collections import Counter

import msgspec

from rocmtui.core.load.far.clock import ClockFound
from rocmtui.core.load.said import Hello, LoadFailed, LoadFinished
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.session.events import ClockMeasured, Event
from rocmtui.core.stats.quantiles import known
from rocmtui.core.text import forms
from rocmtui.core.text.sizes import counted


class HostAudit(msgspec.Struct, frozen=True, kw_only=True):
    """One host of a load that did not come from this machine. None: could not be told."""

    host: str
    """As the user, or the cluster, calls it (untrusted text)."""
    version: str
    cores: int
    """That its load processes may use."""
    processes: int
    requests: int
    """Measured ones that its processes sent, the lost ones included."""
    lost: bool
    """Whether one of its processes did not come to its end."""
    client_cpu_fraction: float | None = None
    """Of its busiest load process; 1.0 is one core."""
    loop_lag_ms_p99: float | None = None
    clock_offset_ms: float | None = None
    """Its monotonic clock less ours; taken out of every time it told."""
    clock_uncertainty_ms: float | None = None
    """The offset is wrong by this at most; part of no figure, and no latency needs the offset."""
    clock_drift_ppm: float | None = None
    """How much faster its clock runs; None: the load was too short to tell."""


class HostsTally:
    """Takes what is known of each far load process, by its number."""

    def __init__(self) -> None:
        self._met: dict[int, Hello] = {}
        self._clocks: dict[int, ClockFound] = {}
        self._ends: dict[int, LoadFinished] = {}
        self._lost: set[int] = set()
        self._requests: Counter[int] = Counter()

    def observe(self, event: Event) -> None:
        """Take one event."""
        match event:
            case Hello():
                self._met[event.process] = event
            case ClockMeasured():
                self._clocks[event.process] = event.clock
            case LoadFinished():
                self._ends[event.process] = event
            case LoadFailed():
                self._lost.add(event.process)

    def add(self, record: RequestRecord) -> None:
        """Take one record."""
        self._requests[record.process] += record.phase is Phase.MEASURED

    def hosts(self) -> tuple[HostAudit, ...]:
        """One of each host, in the order of their first processes; none for a load of this machine alone."""
        by_host: dict[str, list[int]] = {}
        for process in sorted(self._met):
            by_host.setdefault(self._met[process].host, []).append(process)
        return tuple(map(self._audit, by_host.values()))

    def _audit(self, processes: list[int]) -> HostAudit:
        first = self._met[processes[0]]
        ends = [self._ends[process] for process in processes if process in self._ends]
        clocks = [self._clocks[process] for process in processes if process in self._clocks]
        surest = min(clocks, key=lambda clock: clock.uncertainty_ns, default=None)
        return HostAudit(
            host=first.host,
            version=first.version,
            cores=first.cores,
            processes=len(processes),
            requests=sum(self._requests[process] for process in processes),
            lost=not self._lost.isdisjoint(processes),
            client_cpu_fraction=known(max, (end.cpu_fraction for end in ends)),
            loop_lag_ms_p99=known(max, (end.loop_lag_ms_p99 for end in ends)),
            clock_offset_ms=surest.offset_ns / 1e6 if surest else None,
            clock_uncertainty_ms=max(c.uncertainty_ns for c in clocks) / 1e6 if clocks else None,
            clock_drift_ppm=surest.drift_ppm if surest else None,
        )


def host_words(host: HostAudit) -> str:
    """`32 requests of 1 process on 8 cores, CPU 3.1 % of one, clock known to ±0.06 ms`."""
    processes = f"{host.processes} process{'es' * (host.processes != 1)}"
    parts = [f"{counted(host.requests, 'request')} of {processes} on {counted(host.cores, 'core')}"]
    if host.client_cpu_fraction is not None:
        parts.append(f"CPU {forms.share(host.client_cpu_fraction)} of one")
    if host.loop_lag_ms_p99 is not None:
        parts.append(f"late by {forms.ms(host.loop_lag_ms_p99)} at p99")
    parts.append(f"clock {_clock_words(host)}")
    return ", ".join([*parts, "LOST"] if host.lost else parts)


def _clock_words(host: HostAudit) -> str:
    if host.clock_uncertainty_ms is None:
        return "not measured"
    known_to = f"known to ±{forms.figure(host.clock_uncertainty_ms)} ms"
    drift = host.clock_drift_ppm
    return known_to if drift is None else f"{known_to}, drift {forms.figure(drift)} ppm"
