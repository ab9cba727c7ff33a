"""After each start holds the estimate of memory against what the server took, says so and keeps it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from rocmtui.core.gguf.vram_estimate import VramEstimate
from rocmtui.core.gpu.memory.need import flags_of
from rocmtui.core.gpu.memory.owners import is_host
from rocmtui.core.gpu.memory.room import pool_used_bytes
from rocmtui.core.gpu.memory.taken import Taken, estimated_parts, taken_words, told_by_device, told_parts
from rocmtui.core.gpu.reading import GpuSample
from rocmtui.core.server.log.line import LogLevel
from rocmtui.core.server.state import LaunchPlan, ServerState, ServerStatus
from rocmtui.core.session.events import Event, GpuRead, Noticed, ServerChanged
from rocmtui.core.session.ports import Clock, EventSink

FIT = "fit"
"""The code of the notice."""
BASELINE_NS = 1_000_000_000
"""A look this soon after a start still shows the cards without the server."""


class FitBook(Protocol):
    """Estimates, and remembers what came of them."""

    def estimate(self, plan: LaunchPlan) -> VramEstimate | None:
        """What the plan's server should take; None where the model's file does not tell."""
        ...

    def resident_bytes(self, pid: int) -> int | None:
        """What of a process lies in system memory."""
        ...

    def keep(self, taken: Taken) -> None:
        """Remember. Raises OSError."""
        ...


class FitWatch:
    """One for a session; given each of its events."""

    def __init__(self, book: FitBook, clock: Clock, sink: EventSink) -> None:
        self._book = book
        self._clock = clock
        self._sink = sink
        self._sample: GpuSample | None = None
        self._before: dict[str, int | None] = {}
        self._ready: tuple[int, ServerStatus] | None = None
        self._state = ServerState.STOPPED
        self._starting_ns = 0

    def observe(self, event: Event) -> None:
        """Learn of a start, of its end, and of the cards' memory around it."""
        match event:
            case GpuRead(sample=sample) if not sample.stale:
                self._sample = sample
                if not self._before and event.at_ns - self._starting_ns <= BASELINE_NS:
                    self._take_baseline()
                if self._ready is not None and sample.at_ns > self._ready[0]:
                    self._conclude(self._ready[1], self._grown(sample))
            case ServerChanged(status=status) if status.state is not self._state:
                self._state = status.state
                self._server_changed(event.at_ns, status)
            case _:
                pass

    def _server_changed(self, at_ns: int, status: ServerStatus) -> None:
        self._ready = None
        if status.state is ServerState.STARTING:
            self._starting_ns = at_ns
            self._take_baseline()
        elif status.state is ServerState.READY and status.plan is not None and not status.attached:
            on_gpu = any(entry.weights_bytes and not is_host(entry) for entry in status.facts.memory)
            if on_gpu:
                self._ready = at_ns, status
            elif not on_gpu and status.facts.memory:
                self._conclude(status, {})

    def _take_baseline(self) -> None:
        gpus = self._sample.gpus if self._sample else ()
        self._before = {gpu.pci: pool_used_bytes(gpu) for gpu in gpus}

    def _grown(self, sample: GpuSample) -> dict[str, int]:
        """By how much each card's memory grew since before the start; cards that did not are left out.

        Where none did (the start was quicker than the first look), what the server's log says of each.
        """
        grown = {}
        for gpu in sample.gpus:
            used, before = pool_used_bytes(gpu), self._before.get(gpu.pci)
            if used is not None and before is not None and used > before:
                grown[gpu.pci] = used - before
        return grown or (told_by_device(self._ready[1].facts.memory) if self._ready else {})

    def _conclude(self, status: ServerStatus, cards: dict[str, int]) -> None:
        self._ready = None
        need = self._book.estimate(status.plan) if status.plan is not None else None
        facts = status.facts
        total = sum(cards.values()) or self._book.resident_bytes(status.pid or 0)
        if status.plan is None or need is None or not total:
            return
        told = told_parts(facts.memory, on_cpu=not cards)
        taken = Taken(
            model=status.plan.model.rpartition("/")[2],
            model_bytes=need.weights_bytes + need.host_weights_bytes,
            build=facts.build,
            backend=facts.backend,
            flags=flags_of(status.plan),
            at_unix_s=self._clock.unix_ns() / 1e9,
            estimated=estimated_parts(need, facts.layers_offloaded, facts.layers_total, len(cards)),
            took=msgspec.structs.replace(told, total_bytes=total),
            cards=cards,
        )
        self._say("info", taken_words(taken))
        if not taken.is_plausible:
            return
        try:
            self._book.keep(taken)
        except OSError as error:
            self._say("warning", f"what the server took is not remembered: {error.strerror or error}")

    def _say(self, level: LogLevel, text: str) -> None:
        self._sink.emit(Noticed(at_ns=self._clock.monotonic_ns(), level=level, text=text, code=FIT))
