"""What one of several load processes does of a load; together they do all of it, once."""

from __future__ import annotations

import msgspec

from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, Scenario
from rocmtui.core.request.record import Phase


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """The part of process `process` of `processes`.

    Requests are dealt in rounds: one to each worker of a closed loop, to each process of an open one. So a
    process with more workers has more requests, and all come to their end together.
    """

    process: int
    processes: int
    round_size: int
    requests: int | None
    warmup_requests: int
    max_rate: float | None
    max_in_flight: int | None

    def id_of(self, number: int) -> int:
        """Request `number` of this process, counted over the whole load."""
        rounds, rest = divmod(number, self._mine_of_a_round)
        return rounds * self.round_size + self.process + rest * self.processes

    def number_of(self, request_id: int) -> int:
        """The inverse of `id_of`."""
        rounds, rest = divmod(request_id, self.round_size)
        return rounds * self._mine_of_a_round + (rest - self.process) // self.processes

    @property
    def _mine_of_a_round(self) -> int:
        return part(self.round_size, self.process, self.processes)


def share_of(scenario: Scenario, process: int) -> Share:
    """The part of one process; worker n of a closed loop belongs to process n modulo their number."""
    shape, processes = scenario.shape, scenario.processes
    round_size = max(shape.concurrency if isinstance(shape, ClosedLoop) else 0, processes)

    def dealt(total: int) -> int:
        rounds, rest = divmod(total, round_size)
        return rounds * part(round_size, process, processes) + part(rest, process, processes)

    warmup = dealt(scenario.warmup_requests)
    total = None if scenario.requests is None else dealt(scenario.requests + scenario.warmup_requests)
    cap = shape.max_in_flight if isinstance(shape, OpenLoop) else None
    return Share(
        process=process,
        processes=processes,
        round_size=round_size,
        requests=None if total is None else total - warmup,
        warmup_requests=warmup,
        max_rate=None if scenario.max_rate is None else scenario.max_rate / processes,
        max_in_flight=None if cap is None else part(cap, process, processes),
    )


def part(total: int, process: int, processes: int) -> int:
    """How many of the numbers 0 to total - 1 are `process` modulo `processes`."""
    return (total - process + processes - 1) // processes


class Ticket(msgspec.Struct, frozen=True):
    """Leave to send one request."""

    id: int
    phase: Phase


class Tickets:
    """Hands out the requests of a share one by one: the warm-up first, then what counts, without a break."""

    def __init__(self, share: Share, duration_ns: int | None) -> None:
        self._share = share
        self._duration_ns = duration_ns
        self._taken = 0
        self._closed = False
        self.measured_from_ns: int | None = None
        """When the first measured request was given out."""

    def take(self, now_ns: int) -> Ticket | None:
        """The next request, due at `now_ns`; None when the share is done or its time is up then."""
        if self.over(now_ns):
            return None
        number = self._taken
        self._taken += 1
        request_id = self._share.id_of(number)
        if number < self._share.warmup_requests:
            return Ticket(request_id, Phase.WARMUP)
        if self.measured_from_ns is None:
            self.measured_from_ns = now_ns
        return Ticket(request_id, Phase.MEASURED)

    def close(self) -> None:
        """Give out nothing more."""
        self._closed = True

    def over(self, now_ns: int) -> bool:
        """Whether nothing more will be given out."""
        if self._closed or self.time_is_up(now_ns):
            return True
        share = self._share
        return share.requests is not None and self._taken >= share.warmup_requests + share.requests

    def time_is_up(self, now_ns: int) -> bool:
        """Whether the measured duration has passed."""
        ends_ns = self.ends_ns
        return ends_ns is not None and now_ns >= ends_ns

    @property
    def ends_ns(self) -> int | None:
        """When the time is up; None without a duration and before the first measured request."""
        if self._duration_ns is None or self.measured_from_ns is None:
            return None
        return self.measured_from_ns + self._duration_ns
