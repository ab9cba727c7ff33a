"""Points the load engine at a server of known latencies and notes how far off it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rocmtui.core.doctor.known_truth import KnownTruth
from rocmtui.core.doctor.self_test import SelfTestResult, SelfTestRow, judge, row_of
from rocmtui.core.load.said import Requests
from rocmtui.core.load.scenario import ClosedLoop, Prompt, PromptPlan, Scenario, Target
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.session.events import Event
from rocmtui.core.session.ports import Clock, LoadSpawner
from rocmtui.errors import LoadProcessError
from rocmtui.services.load.group import LoadGroup

STREAMS = (1, 8, 32, 128)
TTFT_MS = 50.0
ITL_MS = 10.0
TOKENS = 60
FEWEST_TOKENS = 20
FULL_SPEED_STREAMS = 128
MOST_TOKENS_PER_SECOND = 10_240
"""More streams get slower ones: the known server has one core too."""
MIN_REQUESTS = 6
ROUNDS = 3
"""Requests of each stream."""
FAST_STREAMS = 32
FASTER_ITL_MS = (5.0, 2.5, 1.0)
"""Tried with FAST_STREAMS to find the highest rate, until the errors pass the limits."""


class KnownServerProcess(Protocol):
    """A known server that runs."""

    url: str

    async def close(self) -> KnownTruth:
        """Stop it; what it did."""


class KnownServerStarter(Protocol):
    """Starts known servers (adapters/server/known_server.py)."""

    async def start(self, ttft_ms: float, itl_ms: float) -> KnownServerProcess: ...


class _Records:
    """An EventSink that keeps the records."""

    def __init__(self) -> None:
        self.records: list[RequestRecord] = []

    def emit(self, event: Event) -> None:
        if isinstance(event, Requests):
            self.records.extend(event.records)


@dataclass(eq=False)
class SelfTest:
    """The instrument against a known server, at several numbers of streams."""

    _servers: KnownServerStarter
    _spawner: LoadSpawner
    _clock: Clock

    async def run(
        self,
        streams: Sequence[int] = STREAMS,
        *,
        processes: int = 1,
        busy: int = 0,
        tell: Callable[[SelfTestRow], None] | None = None,
    ) -> SelfTestResult:
        """All rows, each told as it is done; then faster and faster until the errors pass the limits."""
        slow_ms = 1000 / MOST_TOKENS_PER_SECOND
        plan = [(count, ITL_MS if count <= FULL_SPEED_STREAMS else count * slow_ms) for count in streams]
        plan += [(min(max(streams), FAST_STREAMS), itl_ms) for itl_ms in FASTER_ITL_MS]
        rows: list[SelfTestRow] = []
        for count, itl_ms in plan:
            if itl_ms < ITL_MS and not rows[-1].within:
                break
            rows.append(await self._row(count, itl_ms, processes, busy))
            if tell is not None:
                tell(rows[-1])
        return judge(rows[: len(streams)], rows[len(streams) :])

    async def _row(self, streams: int, itl_ms: float, processes: int, busy: int) -> SelfTestRow:
        server = await self._servers.start(TTFT_MS, itl_ms)
        tokens = max(round(TOKENS * ITL_MS / itl_ms), FEWEST_TOKENS)
        requests = max(streams * ROUNDS, MIN_REQUESTS)
        sink = _Records()
        group = LoadGroup(self._spawner, self._clock, sink)
        scenario = Scenario(
            shape=ClosedLoop(concurrency=streams),
            prompt=PromptPlan(text="self-test"),
            requests=requests,
            max_tokens=tokens,
            processes=processes,
        )
        prompts = [Prompt(text=f"Request {number}: how late am I?") for number in range(requests)]
        try:
            await group.start(scenario, Target(url=server.url), prompts, keep_stamps=True)
            outcome = await group.wait()
        finally:
            await group.close()
            truth = await server.close()
        if not outcome.finished:
            raise LoadProcessError(f"the load process {outcome.message}")
        return row_of(streams, tokens, truth, sink.records, outcome.finished, busy)
