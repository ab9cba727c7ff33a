"""What the audit of a run says of each machine the load came from."""

from __future__ import annotations

from collections import Counter

import msgspec

from rocmtui.core.load.far.clock import ClockFound
from rocmtui.core.request.record import Phase, RequestRecord
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


class _Member(msgspec.Struct, kw_only=True):
    host: str
    version: str
    cores: int
    lost: bool = False
    cpu_fraction: float | None = None
    loop_lag_ms: float | None = None
    clock: ClockFound | None = None


class HostsTally:
    """Takes what is known of each far load process, by its number."""

    def __init__(self) -> None:
        self._members: dict[int, _Member] = {}
        self._requests: Counter[int] = Counter()

    def met(self, process: int, host: str, version: str, cores: int) -> None:
        """One came up."""
        self._members[process] = _Member(host=host, version=version, cores=cores)

    def clock(self, process: int, found: ClockFound) -> None:
        """What was found of its clock."""
        if (member := self._members.get(process)) is not None:
            member.clock = found

    def ended(self, process: int, cpu_fraction: float | None, loop_lag_ms: float | None) -> None:
        """It came to its end."""
        if (member := self._members.get(process)) is not None:
            member.cpu_fraction, member.loop_lag_ms = cpu_fraction, loop_lag_ms

    def lost(self, process: int) -> None:
        """It did not."""
        if (member := self._members.get(process)) is not None:
            member.lost = True

    def sent(self, record: RequestRecord) -> None:
        """A request of it."""
        self._requests[record.process] += record.phase is Phase.MEASURED

    def hosts(self) -> tuple[HostAudit, ...]:
        """One of each host, in the order of their first processes; none for a load of this machine alone."""
        by_host: dict[str, list[int]] = {}
        for process in sorted(self._members):
            by_host.setdefault(self._members[process].host, []).append(process)
        return tuple(self._audit(host, processes) for host, processes in by_host.items())

    def _audit(self, host: str, processes: list[int]) -> HostAudit:
        members = [self._members[process] for process in processes]
        clocks = [member.clock for member in members if member.clock is not None]
        surest = min(clocks, key=lambda clock: clock.uncertainty_ns, default=None)
        return HostAudit(
            host=host,
            version=members[0].version,
            cores=members[0].cores,
            processes=len(members),
            requests=sum(self._requests[process] for process in processes),
            lost=any(member.lost for member in members),
            client_cpu_fraction=known(max, (member.cpu_fraction for member in members)),
            loop_lag_ms_p99=known(max, (member.loop_lag_ms for member in members)),
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
    return (
        known_to
        if host.clock_drift_ppm is None
        else f"{known_to}, drift {forms.figure(host.clock_drift_ppm)} ppm"
    )
