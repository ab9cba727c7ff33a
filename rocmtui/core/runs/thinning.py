"""Keeps a run small on disk: what is written of the events, and how it is read back.

The first five minutes are kept as they were seen. After that snapshots, slots and samples of GPUs and
host are thinned, and so is the log (log_thinning.py). Requests, server states and notices are never thinned.
Histograms are written as what was added since the last written snapshot.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.load.snapshot import HISTOGRAMS, LiveSnapshot
from rocmtui.core.runs.log_thinning import FULL_NS, LogThinner
from rocmtui.core.session.events import (
    Event,
    FleetRead,
    GpuRead,
    HostRead,
    LogRead,
    ServerTraffic,
    SlotsRead,
)
from rocmtui.core.stats.histogram import Histogram

MAX_SLOTS_A_SECOND = 16
FLEET_NS = 2_000_000_000
"""Shortest time between two written readings of a further server, after the first minutes."""

_SAMPLES_NS = (450_000_000, 4_900_000_000)
_INTERVALS_NS = {
    LiveSnapshot: (200_000_000, 950_000_000),
    GpuRead: _SAMPLES_NS,
    HostRead: _SAMPLES_NS,
    ServerTraffic: _SAMPLES_NS,
}
"""Shortest time between two written events of a kind: in the first minutes, and later."""


class LiveStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="step"):
    """A LiveSnapshot whose histograms count only what is new since the step before it."""

    at_ns: int
    snapshot: LiveSnapshot
    keyframe: bool = False
    """Histograms are whole: the first step, and the first of another load."""


Stored = Event | LiveStep


class Thinner:
    """Decides what of a run's events is written, and in which form. One a run folder."""

    def __init__(self) -> None:
        self._start_ns: int | None = None
        self._written_ns: dict[type, int] = {}
        self._last_phase = ""
        self._last_slots: SlotsRead | None = None
        self._fleet: dict[int, FleetRead] = {}
        self._log = LogThinner()
        self._steps = StepEncoder()
        self._sources: dict[str, dict[str, str]] = {}

    def take(self, event: Event) -> Stored | None:
        """The form to write, or None to leave it out."""
        if self._start_ns is None:
            self._start_ns = event.at_ns
        full = event.at_ns - self._start_ns < FULL_NS
        match event:
            case LiveSnapshot():
                due = self._due(event, full)
                if event.phase == self._last_phase and not due:
                    return None
                self._last_phase = event.phase
                return self._steps.encode(event)
            case GpuRead():
                return _with_sources(event, self._new_sources) if self._due(event, full) else None
            case HostRead():
                return event if self._due(event, full) else None
            case ServerTraffic(served=()) if event.decode_tps or event.prefill_tps:
                return event if self._due(event, full) else None
            case SlotsRead():
                return self._slots(event, full)
            case FleetRead():
                return self._fleet_read(event, full)
            case LogRead():
                return self._log.take(event, self._start_ns)
            case _:
                return event

    def last_lines(self, at_ns: int) -> LogRead | None:
        """What is still to be written of the log when the server changes or the run ends."""
        return self._log.last(at_ns)

    def _new_sources(self, gpu: GpuReading) -> dict[str, str]:
        """Where a card's figures came from is written when it is new."""
        known, self._sources[gpu.pci] = self._sources.get(gpu.pci), gpu.sources
        return {} if gpu.sources == known else gpu.sources

    def _due(self, event: Event, full: bool, interval_ns: int | None = None) -> bool:
        shortest = _INTERVALS_NS[type(event)][0 if full else 1] if interval_ns is None else interval_ns
        last = self._written_ns.get(type(event))
        if last is not None and event.at_ns - last < shortest:
            return False
        self._written_ns[type(event)] = event.at_ns
        return True

    def _slots(self, event: SlotsRead, full: bool) -> SlotsRead | None:
        seconds_each = 0.0 if full else max(2.0, len(event.slots) / MAX_SLOTS_A_SECOND)
        last = self._last_slots
        if last is not None and (last.slots, last.deferred) == (event.slots, event.deferred):
            return None
        if not self._due(event, full, int(seconds_each * 1e9)):
            return None
        self._last_slots = event
        return event

    def _fleet_read(self, event: FleetRead, full: bool) -> FleetRead | None:
        last = self._fleet.get(event.server)
        if last is not None:
            too_soon = not full and event.at_ns - last.at_ns < FLEET_NS
            if too_soon or msgspec.structs.replace(event, at_ns=last.at_ns) == last:
                return None
        self._fleet[event.server] = event
        return event


class StepEncoder:
    """Turns snapshots into steps."""

    def __init__(self) -> None:
        self._last: LiveSnapshot | None = None

    def encode(self, snapshot: LiveSnapshot) -> LiveStep:
        """The step from the last encoded snapshot to this one."""
        last, self._last = self._last, snapshot
        if last is None or any(_shrank(getattr(last, h), getattr(snapshot, h)) for h in HISTOGRAMS):
            return LiveStep(at_ns=snapshot.at_ns, snapshot=snapshot, keyframe=True)
        added = {h: _added(getattr(last, h), getattr(snapshot, h)) for h in HISTOGRAMS}
        return LiveStep(at_ns=snapshot.at_ns, snapshot=msgspec.structs.replace(snapshot, **added))


class StepDecoder:
    """Turns stored events back into what was seen. Give it all stored events in order."""

    def __init__(self) -> None:
        self._sums: dict[str, Histogram] = {}
        self._sources: dict[str, dict[str, str]] = {}

    def take(self, stored: Stored) -> Event:
        """The event as it was before it was written."""
        if isinstance(stored, GpuRead):
            return _with_sources(stored, self._all_sources)
        if not isinstance(stored, LiveStep):
            return stored
        if stored.keyframe:
            self._sums = {}
        whole = {}
        for name in HISTOGRAMS:
            step: Histogram = getattr(stored.snapshot, name)
            known = self._sums.get(name, Histogram()).counts
            counts = {**known, **{b: known.get(b, 0) + n for b, n in step.counts.items()}}
            whole[name] = self._sums[name] = msgspec.structs.replace(step, counts=counts)
        return msgspec.structs.replace(stored.snapshot, **whole)

    def _all_sources(self, gpu: GpuReading) -> dict[str, str]:
        self._sources[gpu.pci] = gpu.sources or self._sources.get(gpu.pci, {})
        return self._sources[gpu.pci]


def _with_sources(event: GpuRead, sources_of: Callable[[GpuReading], dict[str, str]]) -> GpuRead:
    gpus = tuple(msgspec.structs.replace(gpu, sources=sources_of(gpu)) for gpu in event.sample.gpus)
    return msgspec.structs.replace(event, sample=msgspec.structs.replace(event.sample, gpus=gpus))


def _shrank(before: Histogram, after: Histogram) -> bool:
    return after.count < before.count or any(after.counts.get(b, 0) < n for b, n in before.counts.items())


def _added(before: Histogram, after: Histogram) -> Histogram:
    counts = {b: n - before.counts.get(b, 0) for b, n in after.counts.items() if n != before.counts.get(b, 0)}
    return msgspec.structs.replace(after, counts=counts)
