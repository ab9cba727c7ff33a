"""Watches the GPUs of a session: passes samples on as events, warns of spill, sums up for the report."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from rocmtui.core.gpu.choice.pick import chosen_partitions
from rocmtui.core.gpu.memory.owners import host_bytes, host_weights_bytes
from rocmtui.core.gpu.memory.spill import SpillWatch, spill_text
from rocmtui.core.gpu.reading import GpuReading, GpuSample, GpuSummary
from rocmtui.core.gpu.tally import CardTally, MemoryMarks
from rocmtui.core.load.said import LoadFinished
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.server.state import ServerState, ServerStatus
from rocmtui.core.session.events import Event, GpuRead, Noticed, ServerChanged, SlotsRead
from rocmtui.core.session.ports import Clock, EventSink, GpuSource
from rocmtui.services.session.host_watch import HostWatch

BASELINE_NS = 1_000_000_000
"""A sample this soon after a server was started still shows the card without it."""
GIVEN_BACK_NS = 5_000_000_000
"""What a stopped server frees later than this is not seen."""
Scope = Literal["server", "load"]


class _Card:
    """What is kept of one card."""

    def __init__(self) -> None:
        self.marks = MemoryMarks()
        self.spill = SpillWatch()
        self.spilling = False
        self.tallies: dict[Scope, CardTally] = {name: CardTally(self.marks) for name in get_args(Scope)}

    def set_baseline(self, gpu: GpuReading) -> None:
        """Take this moment as the one before the server started."""
        self.spill.set_baseline(gpu)
        self.marks.vram_before_bytes = gpu.vram_used_bytes
        self.marks.gtt_before_bytes = gpu.gtt_used_bytes


class GpuWatch:
    """One for a session. `run()` until cancelled or `close()`; `observe()` every event of the session.

    From those it learns when a server starts (the baseline), is ready (loaded) and has stopped (given
    back), and when requests are being measured (power, energy, heat).
    """

    def __init__(self, source: GpuSource, clock: Clock, sink: EventSink) -> None:
        self._source = source
        self._clock = clock
        self._sink = sink
        self._told: set[str] = set()
        self._host = HostWatch(sink)
        self._serves_requests = False
        self._cards: dict[str, _Card] = {}
        self._server = ServerStatus()
        self._measures_ns: int | None = None
        """Since when requests are being measured."""
        self._stopped_ns: int | None = None
        self._started_ns: int | None = None
        self._ready_ns: int | None = None
        self.sample: GpuSample | None = None
        """The newest one."""

    async def run(self) -> None:
        """Emit a GpuRead a sample and each calm note once; ends when the source is closed."""
        async for sample in self._source.samples():
            self.take(sample)

    def take(self, sample: GpuSample) -> None:
        """Judge one sample and pass it on."""
        at_ns = self._clock.monotonic_ns() if sample.stale else sample.at_ns
        if not sample.stale:
            judged = tuple(self._judge(sample, gpu) for gpu in self._marked(sample.gpus))
            sample = msgspec.structs.replace(sample, gpus=judged)
            for note in [note for note in sample.notes if note not in self._told]:
                self._told.add(note)
                self._sink.emit(Noticed(at_ns=at_ns, level="info", text=note, code="gpu"))
        host = sample.host
        if host is not None:
            sample = msgspec.structs.replace(sample, host=None)
        self.sample = sample
        self._sink.emit(GpuRead(at_ns=at_ns, sample=sample))
        if host is not None and not sample.stale:
            works = self._measures_ns is not None or self._serves_requests
            self._host.take(host, sample, host_weights_bytes(self._server.facts.memory), works=works)

    def observe(self, event: Event) -> None:
        """Learn from the session's other events."""
        match event:
            case ServerChanged():
                self._server_changed(event.status)
            case LiveSnapshot(phase="measured"):
                self._load_measures(event.at_ns)
            case LiveSnapshot() | LoadFinished():
                self._load_rests(event.at_ns)
            case SlotsRead():
                self._serves_requests = any(slot.is_processing for slot in event.slots)
            case _:
                pass

    def summary(self, output_tokens: int | None = None, scope: Scope = "load") -> tuple[GpuSummary, ...]:
        """Each card since the load was first measured, or (`server`) since the server was started.

        With the tokens of the measured window also how many of them a joule bought.
        """
        summaries = (self._cards[pci].tallies[scope].summary(output_tokens) for pci in sorted(self._cards))
        return tuple(summary for summary in summaries if summary is not None)

    async def close(self) -> None:
        """Stop sampling."""
        await self._source.close()

    def _marked(self, gpus: tuple[GpuReading, ...]) -> tuple[GpuReading, ...]:
        """The cards with the partitions that the server was given."""
        plan = self._server.plan
        parts = chosen_partitions(plan.gpu, gpus) if plan is not None and self._serves() else {}
        if not parts:
            return gpus
        return tuple(msgspec.structs.replace(gpu, chosen_partitions=parts.get(gpu.pci, ())) for gpu in gpus)

    def _judge(self, sample: GpuSample, gpu: GpuReading) -> GpuReading:
        card = self._cards.get(gpu.pci) or self._new_card(gpu.pci)
        self._mark(card, sample.at_ns, gpu)
        host = host_bytes(self._server.facts.memory)
        spill = card.spill.observe(gpu, sample.users, host) if self._serves() else None
        if spill is not None and not card.spilling:
            text = spill_text(gpu, spill)
            self._sink.emit(Noticed(at_ns=sample.at_ns, level="warning", text=text, code="spill"))
        card.spilling = spill is not None
        if spill is not None and not spill.asleep:
            gpu = msgspec.structs.replace(gpu, spill_bytes=spill.spilled_bytes)
        for tally in card.tallies.values():
            tally.observe(sample.at_ns, gpu, sample.users, card.spill.peak_bytes)
        return gpu

    def _new_card(self, pci: str) -> _Card:
        """One not seen before, be it that the sampler was slower than the load to begin."""
        card = self._cards[pci] = _Card()
        if self._measures_ns is not None:
            for tally in card.tallies.values():
                tally.windows.open(self._measures_ns)
        return card

    def _mark(self, card: _Card, at_ns: int, gpu: GpuReading) -> None:
        marks = card.marks
        if self._stopped_ns is not None:
            if marks.vram_loaded_bytes is not None and at_ns - self._stopped_ns <= GIVEN_BACK_NS:
                marks.vram_after_bytes = gpu.vram_used_bytes
        elif self._ready_ns is not None and at_ns >= self._ready_ns and marks.vram_loaded_bytes is None:
            marks.vram_loaded_bytes = gpu.vram_used_bytes
        elif (
            marks.vram_before_bytes is None
            and self._started_ns is not None
            and at_ns - self._started_ns <= BASELINE_NS
        ):
            card.set_baseline(gpu)

    def _serves(self) -> bool:
        return self._server.state not in (ServerState.STOPPED, ServerState.FAILED)

    def _server_changed(self, status: ServerStatus) -> None:
        before, served = self._server, self._serves()
        self._server = status
        pid = status.pid if self._serves() else None
        if pid != before.pid or status.state != before.state:
            self._source.watch_server(pid)
        if status.state is before.state:
            return
        if status.state is ServerState.STARTING or (self._serves() and not served):
            self._new_server(status)
        if status.state is ServerState.READY and self._ready_ns is None:
            self._ready_ns = self._clock.monotonic_ns()
        if not self._serves() and self._stopped_ns is None:
            self._stopped_ns = self._clock.monotonic_ns()

    def _new_server(self, status: ServerStatus) -> None:
        """Everything from here on belongs to a new server; the newest sample is the baseline."""
        self._ready_ns = self._stopped_ns = None
        self._started_ns = None if status.attached else self._clock.monotonic_ns()
        self._measures_ns = None
        self._cards = {}
        for gpu in self.sample.gpus if self.sample is not None else ():
            card = self._cards[gpu.pci] = _Card()
            if status.attached:
                card.spill.set_baseline(gpu)
            else:
                card.set_baseline(gpu)

    def _load_measures(self, at_ns: int) -> None:
        if self._measures_ns is None:
            self._measures_ns = at_ns
            self._host.begin()
            for card in self._cards.values():
                card.spilling = False
                card.tallies["load"] = CardTally(card.marks, before=card.tallies["load"])
                for tally in card.tallies.values():
                    tally.windows.open(at_ns)

    def _load_rests(self, at_ns: int) -> None:
        self._measures_ns = None
        for card in self._cards.values():
            for tally in card.tallies.values():
                tally.windows.close(at_ns)
