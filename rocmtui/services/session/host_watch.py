"""Watches the host of a session: passes samples on with what slows the server, and says it once a load."""

from __future__ import annotations

from collections import deque

import msgspec

from rocmtui.core.gpu.reading import GpuSample
from rocmtui.core.gpu.tally import server_busy
from rocmtui.core.host.causes import said
from rocmtui.core.host.sample import Cause, HostSample
from rocmtui.core.host.tally import HostTally
from rocmtui.core.session.events import HOST, HostRead, Noticed
from rocmtui.core.session.ports import EventSink

JUDGED_NS = 5_000_000_000
"""What is true now is judged over so long."""
LEAST_SAMPLES = 4
"""Fewer say nothing yet."""


class HostWatch:
    """One for a session; given each sample, and whether tokens are being made."""

    def __init__(self, sink: EventSink) -> None:
        self._sink = sink
        self._recent: deque[tuple[HostSample, float | None]] = deque()
        self._told: set[str] = set()

    def begin(self) -> None:
        """A load begins: what slows it is said anew."""
        self._told.clear()

    def take(
        self, sample: HostSample, cards: GpuSample, host_weights_bytes: int | None = None, *, works: bool
    ) -> None:
        """Judge one sample and pass it on; `works`: requests are being measured, or the server has some.

        `host_weights_bytes`: what of the weights belongs in system memory, where the server's log told it.
        """
        sample = without_the_cards(sample, host_weights_bytes)
        if works:
            self._recent.append((sample, server_busy(cards)))
            while self._recent[0][0].at_ns < sample.at_ns - JUDGED_NS:
                self._recent.popleft()
        else:
            self._recent.clear()
        causes = self._causes()
        self._sink.emit(HostRead(at_ns=sample.at_ns, sample=msgspec.structs.replace(sample, causes=causes)))
        for cause in causes:
            if cause.code not in self._told:
                self._told.add(cause.code)
                self._sink.emit(Noticed(at_ns=sample.at_ns, level="warning", text=said(cause), code=HOST))

    def _causes(self) -> tuple[Cause, ...]:
        if len(self._recent) < LEAST_SAMPLES:
            return ()
        tally = HostTally()
        for sample, busy in self._recent:
            tally.add(sample, sample.span_s, busy)
        summary = tally.summary()
        return summary.causes if summary else ()


def without_the_cards(sample: HostSample, host_weights_bytes: int | None) -> HostSample:
    """Weights that lie on a card are mapped too, but are not missed in system memory."""
    server = sample.server
    if host_weights_bytes is None or server is None or server.weights_bytes is None:
        return sample
    weights = min(server.weights_bytes, host_weights_bytes) or None
    resident = server.weights_resident_bytes
    held = min(resident, weights) if weights is not None and resident is not None else None
    server = msgspec.structs.replace(server, weights_bytes=weights, weights_resident_bytes=held)
    return msgspec.structs.replace(sample, server=server)
