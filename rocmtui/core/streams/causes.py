"""What else happened while a stream stood still: the evidence for the cause of a stall."""

from __future__ import annotations

from array import array

import msgspec

from rocmtui.core.gpu.tally import server_busy
from rocmtui.core.request.record import NEIGHBOUR_IDS, RequestRecord
from rocmtui.core.request.stalls import LEAST_NS, Gap
from rocmtui.core.server.state import ServerState
from rocmtui.core.session.events import Event, GpuRead, HostRead, ServerChanged, ServerTraffic, SlotsRead
from rocmtui.core.text import forms

PREFILL, PAUSE, SPILL, THROTTLED, HOST = "prefill", "server pause", "spill", "throttling", "host"
UNKNOWN = "unknown"
CAUSES = {
    PREFILL: "another request's prefill",
    PAUSE: "a pause of the whole server",
    SPILL: "memory spilled out of VRAM",
    THROTTLED: "a card that was held back",
    HOST: "the machine around the server",
    UNKNOWN: "no known cause",
}
"""In words, in the order in which they are believed."""
MOST = 0.5
"""Share of a stall that its cause must fill."""
STILL_CORES = 0.01
"""A process that used less has not run."""
_OURS, _THEIRS = 0, 1


class Cause(msgspec.Struct, frozen=True):
    """Why a stream stood still."""

    kind: str
    """A key of CAUSES."""
    detail: str = ""
    """Which request, how many tokens."""


class Evidence:
    """Gathers stretches of time in which a stream may be held up; 40 bytes a long prefill."""

    def __init__(self) -> None:
        self._prefills: tuple[array[int], ...] = tuple(array("q") for _ in range(5))
        """Start, end, whose, number (request or task) and tokens of each prefill that could be a cause."""
        self._stretches: dict[str, list[Gap]] = {kind: [] for kind in CAUSES}
        self._silent_since_ns: int | None = None
        self._gpu_ns: int | None = None
        self._card_works = False
        self._slots_ns: array[int] = array("q")
        """When /slots showed that a prompt was being read."""

    def add(self, record: RequestRecord) -> None:
        """Take a request of ours, of any phase."""
        end_ns = record.first_token_ns or record.done_ns
        start_ns = record.headers_ns or record.sent_ns
        if record.timings is not None and record.first_token_ns is not None:
            start_ns = end_ns - round(record.timings.prompt_ms * 1e6)
        if start_ns is not None:
            tokens = record.timings.prompt_n if record.timings is not None else record.prompt_tokens or 0
            self._prefill(start_ns, end_ns, _OURS, record.id, tokens)

    def observe(self, event: Event) -> None:
        """Take what others did, and how server, cards and machine fared."""
        match event:
            case ServerTraffic(served=served):
                for one in served:
                    if not one.ours:
                        end_ns = one.at_ns - round(one.decode_ms * 1e6)
                        start_ns = end_ns - round(one.prefill_ms * 1e6)
                        self._prefill(start_ns, end_ns, _THEIRS, one.task, one.prefill_tokens)
            case SlotsRead(slots=slots):
                if any(slot.phase == "prefill" for slot in slots):
                    self._slots_ns.append(event.at_ns)
            case ServerChanged(status=status):
                self._server(event.at_ns, status.state)
            case GpuRead() if not event.sample.stale:
                self._cards(event)
            case HostRead(sample=sample):
                since_ns = event.at_ns - round(sample.span_s * 1e9)
                if sample.server is not None and sample.span_s > 0:
                    cores = sample.server.cores_used
                    if cores is not None and cores < STILL_CORES and not self._card_works:
                        self._stretch(PAUSE, since_ns, event.at_ns)
                if sample.causes:
                    self._stretch(HOST, since_ns, event.at_ns)

    def cause_of(self, stall: Gap, request: int) -> Cause:
        """The likeliest cause of a stall of one of our requests; a prefill before all that only fits."""
        if found := self._prefill_in(stall, request):
            return found
        for kind in (PAUSE, SPILL, THROTTLED, HOST):
            filled = sum(_common(stall, *stretch) for stretch in self._stretches[kind])
            if filled >= MOST * (stall[1] - stall[0]):
                return Cause(kind)
        if any(stall[0] <= at_ns <= stall[1] for at_ns in self._slots_ns):
            return Cause(PREFILL, "by /slots")
        return Cause(UNKNOWN)

    def _prefill(self, start_ns: int, end_ns: int, whose: int, number: int, tokens: int) -> None:
        if end_ns - start_ns >= MOST * LEAST_NS:
            for column, value in zip(self._prefills, (start_ns, end_ns, whose, number, tokens), strict=True):
                column.append(value)

    def _stretch(self, kind: str, start_ns: int, end_ns: int) -> None:
        """Note it; one that goes on where the last of its kind ended makes that longer."""
        found = self._stretches[kind]
        if found and found[-1][1] >= start_ns:
            start_ns = found.pop()[0]
        found.append((start_ns, end_ns))

    def _prefill_in(self, stall: Gap, request: int) -> Cause | None:
        found = [
            (_common(stall, start, end), whose, number, tokens)
            for start, end, whose, number, tokens in zip(*self._prefills, strict=True)
            if (whose, number) != (_OURS, request)
        ]
        if sum(row[0] for row in found) < MOST * (stall[1] - stall[0]):
            return None
        _, whose, number, tokens = max(found)
        name = f"request {number}" if whose == _OURS else f"task {number} of another client"
        if whose == _OURS and number >= NEIGHBOUR_IDS:
            name = f"the neighbour's request {number - NEIGHBOUR_IDS + 1}"
        return Cause(PREFILL, f"{name}, {forms.count(tokens)} tokens")

    def _server(self, at_ns: int, state: ServerState) -> None:
        if state is ServerState.UNRESPONSIVE:
            self._silent_since_ns = at_ns if self._silent_since_ns is None else self._silent_since_ns
        elif self._silent_since_ns is not None:
            self._stretch(PAUSE, self._silent_since_ns, at_ns)
            self._silent_since_ns = None

    def _cards(self, event: GpuRead) -> None:
        since_ns = event.at_ns if self._gpu_ns is None else self._gpu_ns
        self._gpu_ns = event.at_ns
        self._card_works = bool(server_busy(event.sample))
        for kind, field in ((SPILL, "spill_bytes"), (THROTTLED, "throttle")):
            if any(getattr(gpu, field) for gpu in event.sample.gpus):
                self._stretch(kind, since_ns, event.at_ns)


def _common(stall: Gap, start_ns: int, end_ns: int) -> int:
    """How much of a stall lies between two moments."""
    return max(min(stall[1], end_ns) - max(stall[0], start_ns), 0)
