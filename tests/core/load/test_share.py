"""The shares of the load processes make up the load: nothing twice, nothing left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, PromptPlan, Scenario
from rocmtui.core.load.share import Share, Ticket, Tickets, share_of
from rocmtui.core.request.record import Phase

ALONE = Share(
    process=0,
    processes=1,
    round_size=1,
    requests=3,
    warmup_requests=2,
    max_rate=None,
    max_in_flight=None,
)


def scenario(**changes: object) -> Scenario:
    values: dict[str, object] = {
        "shape": ClosedLoop(concurrency=4),
        "prompt": PromptPlan(text="x"),
        **changes,
    }
    return Scenario(**values)  # type: ignore[arg-type]


def all_tickets(share: Share) -> list[Ticket]:
    tickets = Tickets(share, None)
    found = []
    while (ticket := tickets.take(0)) is not None:
        found.append(ticket)
    return found


@given(st.integers(1, 9), st.integers(0, 60), st.integers(0, 20), st.integers(1, 12))
def test_all_processes_together_send_each_request_once(
    processes: int, requests: int, warmup: int, workers: int
) -> None:
    shape = ClosedLoop(concurrency=workers)
    whole = scenario(shape=shape, processes=processes, requests=requests, warmup_requests=warmup)
    tickets = [ticket for p in range(processes) for ticket in all_tickets(share_of(whole, p))]
    assert sorted(ticket.id for ticket in tickets) == list(range(requests + warmup))
    assert sorted(ticket.id for ticket in tickets if ticket.phase is Phase.WARMUP) == list(range(warmup))


@given(st.integers(1, 9), st.integers(0, 12), st.integers(0, 100))
def test_a_request_of_a_process_has_one_number_in_the_whole_load(
    processes: int, more_workers: int, number: int
) -> None:
    shape = ClosedLoop(concurrency=processes + more_workers)
    for process in range(processes):
        share = share_of(scenario(shape=shape, processes=processes), process)
        assert share.number_of(share.id_of(number)) == number


def test_a_process_with_more_workers_sends_more() -> None:
    whole = scenario(shape=ClosedLoop(concurrency=5), processes=4, requests=60)
    assert [share_of(whole, p).requests for p in range(4)] == [24, 12, 12, 12]
    assert [share_of(whole, 1).id_of(number) for number in range(3)] == [1, 6, 11]


def test_rate_caps_are_divided() -> None:
    whole = scenario(shape=OpenLoop(rate=10, max_in_flight=5), processes=2, max_rate=8.0)
    assert [share_of(whole, p).max_in_flight for p in (0, 1)] == [3, 2]
    assert share_of(whole, 1).max_rate == 4.0


def test_the_warm_up_comes_first_and_is_followed_without_a_break() -> None:
    assert all_tickets(ALONE) == [
        Ticket(0, Phase.WARMUP),
        Ticket(1, Phase.WARMUP),
        Ticket(2, Phase.MEASURED),
        Ticket(3, Phase.MEASURED),
        Ticket(4, Phase.MEASURED),
    ]


def test_the_duration_counts_from_the_first_measured_request() -> None:
    tickets = Tickets(ALONE, duration_ns=100)
    assert [tickets.take(at) is not None for at in (0, 500, 1000, 1099, 1100)] == [
        True,
        True,
        True,
        True,
        False,
    ]
    assert tickets.measured_from_ns == 1000
    assert tickets.time_is_up(1100)


def test_closed_tickets_are_over() -> None:
    tickets = Tickets(ALONE, None)
    tickets.close()
    assert tickets.take(0) is None
