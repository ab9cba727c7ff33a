"""What the whole server does, and what of it is not ours, folded from what is polled and logged anyway.

Rates come from successive /slots readings (what each task has generated and computed since the last one; the
log's timings add what a task did after its last reading), or from the counters of /metrics where there is no
/slots. A request in the log is ours when one of our records bears the same timings: the server's own figures,
printed in its log and sent with the reply, agree to the hundredth of a millisecond.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from rocmtui.core.load.said import Requests
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.server.log.prompts import SlotPrompts
from rocmtui.core.server.log.served import ServedLog, ServedRequest
from rocmtui.core.server.state import SlotReading
from rocmtui.core.session.events import Event, LogRead, ServerTraffic, SlotsRead

TRAFFIC_WINDOW_NS = 2_000_000_000
COUNTER_WINDOW_NS = 10_000_000_000
"""Counters of /metrics move in steps of whole requests."""
UNCLAIMED_NS = 2_000_000_000
"""How long a logged request waits for a record of ours that bears its timings."""
ASKED_NS = 500_000_000
"""How long after our own questions the log still tells of them."""
LOAD_SILENT_NS = 3_000_000_000
"""A snapshot older than this says nothing of a load under way."""
MAX_CLAIMS = 4096
MAX_FINISHED = 256

_Key = tuple[int, int, float, float]


class TrafficMeter:
    """Folds a session's events; bounded memory."""

    def __init__(self, prompts: SlotPrompts) -> None:
        self._log = ServedLog(prompts)
        self._seen: dict[tuple[int, int | None], tuple[int, int]] = {}
        """Of each task at work: tokens generated and prompt tokens computed at the last reading."""
        self._decoded = self._prefilled = 0
        self._marks: deque[tuple[int, int, int]] = deque()
        """When, and how many tokens had been generated and computed by then."""
        self._finished: deque[tuple[int, int]] = deque(maxlen=MAX_FINISHED)
        """Tasks the log has told the end of: a reading made before that counts them no more."""
        self._live: LiveSnapshot | None = None
        self._ours_ns = -TRAFFIC_WINDOW_NS
        """When a request of ours was last under way."""
        self._asked_ns = -ASKED_NS
        """When this session asked something the last time."""
        self.asking = False
        """Whether this session asks the server something beside its load: that is nobody else's either."""
        self._others: deque[tuple[int, int, int]] = deque()
        """When, and how many slots at least and at most worked for others."""
        self._claims: Counter[_Key] = Counter()
        self._unclaimed: deque[ServedRequest] = deque()
        self._told = ServerTraffic(at_ns=0)

    @contextmanager
    def asked_by_us(self) -> Iterator[None]:
        """Within it this session asks the server something beside its load."""
        self.asking = True
        try:
            yield
        finally:
            self.asking = False

    def observe(self, event: Event) -> ServerTraffic | None:
        """Take one event; what there is to tell after it, if anything."""
        if self.asking:
            self._asked_ns = event.at_ns
        match event:
            case LiveSnapshot():
                self._live = event
                if event.in_flight:
                    self._ours_ns = event.at_ns
            case Requests(records=records):
                self._claim(records)
            case LogRead(lines=lines):
                for served in self._log.read(lines, event.at_ns):
                    self._take_served(served)
            case SlotsRead(decoded_total=int(decoded), prefilled_total=int(prefilled)):
                self._decoded, self._prefilled = decoded, prefilled
                return self._tell(event.at_ns, None, COUNTER_WINDOW_NS)
            case SlotsRead(slots=slots) if slots:
                self._take_slots(slots)
                busy = sum(slot.is_processing for slot in slots)
                return self._tell(event.at_ns, busy, TRAFFIC_WINDOW_NS)
        return None

    def _take_slots(self, slots: tuple[SlotReading, ...]) -> None:
        now = {
            (slot.id, slot.task): (slot.decoded, slot.prompt_processed or 0)
            for slot in slots
            if slot.is_processing and (slot.id, slot.task) not in self._finished
        }
        if self._marks:  # what a task did before we looked for the first time is not of this window
            for task, (decoded, prefilled) in now.items():
                before = self._seen.get(task, (0, 0))
                self._decoded += max(decoded - before[0], 0)
                self._prefilled += max(prefilled - before[1], 0)
        self._seen = now

    def _take_served(self, served: ServedRequest) -> None:
        task = served.slot, served.task
        self._finished.append(task)
        decoded, prefilled = self._seen.pop(task, (0, 0))
        if self._marks:
            self._decoded += max(served.output_tokens - decoded, 0)
            self._prefilled += max(served.prefill_tokens - prefilled, 0)
        asked = served.at_ns - self._asked_ns < ASKED_NS
        self._unclaimed.append(msgspec.structs.replace(served, ours=asked))

    def _claim(self, records: tuple[RequestRecord, ...]) -> None:
        for record in records:
            if (times := record.timings) is not None:
                self._claims[
                    times.prompt_n, times.predicted_n, round(times.prompt_ms, 2), round(times.predicted_ms, 2)
                ] += 1
        while len(self._claims) > MAX_CLAIMS:
            del self._claims[next(iter(self._claims))]

    def _claimed(self, at_ns: int) -> tuple[ServedRequest, ...]:
        """Requests of which it is known by now whose they are."""
        known: list[ServedRequest] = []
        waiting: deque[ServedRequest] = deque()
        for served in self._unclaimed:
            key = (served.prefill_tokens, served.output_tokens, served.prefill_ms, served.decode_ms)
            if self._claims[key] > 0:
                self._claims[key] -= 1
                known.append(msgspec.structs.replace(served, ours=True))
            elif served.ours or at_ns - served.at_ns > UNCLAIMED_NS or not self._loading(at_ns):
                known.append(served)
            else:
                waiting.append(served)
        self._unclaimed = waiting
        self._claims += Counter()  # drops what was claimed
        return tuple(known)

    def _loading(self, at_ns: int) -> bool:
        live = self._live
        return live is not None and live.at_ns > at_ns - LOAD_SILENT_NS

    def _tell(self, at_ns: int, busy: int | None, window_ns: int) -> ServerTraffic | None:
        self._marks.append((at_ns, self._decoded, self._prefilled))
        while len(self._marks) > 2 and self._marks[1][0] <= at_ns - window_ns:
            self._marks.popleft()
        first_ns, decoded, prefilled = self._marks[0]
        served = self._claimed(at_ns)
        if at_ns <= first_ns:
            return None
        seconds = (at_ns - first_ns) / 1e9
        traffic = self._with_others(
            ServerTraffic(
                at_ns=at_ns,
                decode_tps=max(self._decoded - decoded, 0) / seconds,
                prefill_tps=max(self._prefilled - prefilled, 0) / seconds,
                busy=busy,
                served=served,
            )
        )
        if not served and msgspec.structs.replace(traffic, at_ns=self._told.at_ns) == self._told:
            return None
        self._told = msgspec.structs.replace(traffic, served=())
        return traffic

    def _with_others(self, whole: ServerTraffic) -> ServerTraffic:
        """What is not ours: all while no load of ours runs, nothing while ours explains every busy slot."""
        live = self._live if self._loading(whole.at_ns) else None
        if whole.busy is not None:
            low = whole.busy - (live.in_flight if live else 0)
            high = whole.busy - (live.prefilling + live.decoding if live else 0)
            self._others.append((whole.at_ns, max(low, 0), max(high, 0)))
            while self._others[0][0] < whole.at_ns - TRAFFIC_WINDOW_NS:
                self._others.popleft()
        if self.asking:
            self._ours_ns = whole.at_ns
            return whole
        if whole.at_ns - self._ours_ns > TRAFFIC_WINDOW_NS:
            return msgspec.structs.replace(
                whole,
                others_decode_tps=whole.decode_tps,
                others_prefill_tps=whole.prefill_tps,
                others_busy=whole.busy,
            )
        if whole.busy is None:
            return whole
        if all(high == 0 for _, _, high in self._others):
            nothing = {"others_decode_tps": 0.0, "others_prefill_tps": 0.0, "others_busy": 0}
            return msgspec.structs.replace(whole, **nothing)
        surely = min(low for _, low, _ in self._others)
        if surely == 0 or live is None:
            return whole
        decode_tps = max((whole.decode_tps or 0.0) - (live.output_tps or 0.0), 0.0)
        return msgspec.structs.replace(whole, others_decode_tps=decode_tps, others_busy=surely)
