"""What the whole server does, and what of it is not ours."""

from __future__ import annotations

import pytest

from rocmtui.core.load.said import Requests
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.record import Phase, RequestRecord, ServerTimings
from rocmtui.core.server.log.prompts import SlotPrompts
from rocmtui.core.server.state import ServerState, ServerStatus, SlotReading
from rocmtui.core.session.events import Event, LogRead, ServerChanged, ServerTraffic, SlotsRead
from rocmtui.core.session.totals import SessionTotals
from rocmtui.core.session.traffic import TrafficMeter
from rocmtui.core.session.view_builder import ViewBuilder

S = 1_000_000_000


def slots(at_s: float, *busy: tuple[int, int, int], idle: int = 1) -> SlotsRead:
    """(task, decoded, prefilled) of each busy slot."""
    working = [
        SlotReading(
            id=n, n_ctx=4096, is_processing=True, task=task, decoded=decoded, prompt_processed=prefilled
        )
        for n, (task, decoded, prefilled) in enumerate(busy)
    ]
    rest = [SlotReading(id=len(busy) + n, n_ctx=4096, is_processing=False) for n in range(idle)]
    return SlotsRead(at_ns=int(at_s * S), slots=(*working, *rest))


def live(at_s: float, **fields: object) -> LiveSnapshot:
    return LiveSnapshot(at_ns=int(at_s * S), phase="measured", **fields)  # type: ignore[arg-type]


def ended(at_s: float, slot: int, task: int, prefilled: int, output: int) -> LogRead:
    head = f"slot print_timing: id  {slot} | task {task} | "
    return LogRead(
        at_ns=int(at_s * S),
        lines=(
            f"{head}prompt eval time =     100.25 ms / {prefilled:5} tokens (",
            f"{head}       eval time =     900.75 ms / {output:5} tokens (",
        ),
    )


def record(prefilled: int, output: int) -> Requests:
    timings = ServerTimings(prompt_n=prefilled, prompt_ms=100.251, predicted_n=output, predicted_ms=900.749)
    return Requests(
        at_ns=0, records=(RequestRecord(id=0, worker=0, phase=Phase.MEASURED, done_ns=0, timings=timings),)
    )


def told(*events: Event) -> list[ServerTraffic]:
    meter = TrafficMeter(SlotPrompts())
    return [traffic for event in events if (traffic := meter.observe(event)) is not None]


def test_without_a_load_all_of_it_is_others() -> None:
    first, second = told(slots(0, (1, 10, 50)), slots(0.5, (1, 20, 50)), slots(1, (1, 30, 50), (2, 0, 100)))
    assert first.decode_tps == 20.0  # what was done before the first look is not counted
    assert (second.decode_tps, second.prefill_tps) == (20.0, 100.0)
    assert (second.others_decode_tps, second.others_prefill_tps) == (20.0, 100.0)
    assert (second.busy, second.others_busy) == (2, 2)


def test_an_idle_server_is_told_once() -> None:
    traffic = told(slots(0), slots(0.5), slots(1), slots(1.5))
    assert [t.decode_tps for t in traffic] == [0.0]


def test_our_own_load_is_nobody_elses() -> None:
    ours = {"in_flight": 1, "decoding": 1, "output_tps": 18.0}
    traffic = told(live(0, **ours), slots(0, (1, 0, 0)), live(0.5, **ours), slots(0.6, (1, 12, 0)))
    assert traffic[-1].decode_tps == pytest.approx(20.0)
    assert (traffic[-1].others_decode_tps, traffic[-1].others_prefill_tps) == (0.0, 0.0)


def test_beside_ours_theirs_is_the_rest_once_it_lasts() -> None:
    ours = {"in_flight": 1, "decoding": 1, "output_tps": 20.0}
    both = ((1, 0, 0), (2, 0, 0))
    events = [live(0, **ours), slots(0, *both)]
    for n in range(1, 6):
        events += [live(n / 2, **ours), slots(n / 2, (1, n * 10, 0), (2, n * 25, 0))]
    last = told(*events)[-1]
    assert last.decode_tps == 70.0
    assert (last.others_decode_tps, last.others_busy) == (50.0, 1)
    assert last.others_prefill_tps is None  # whose prompt it is cannot be seen


def test_a_queue_of_ours_leaves_a_doubt() -> None:
    """One slot works for another, ours waits: four busy slots do not say whose they are."""
    ours = {"in_flight": 4, "queued": 2, "decoding": 2, "output_tps": 20.0}
    busy = tuple((task, 5, 0) for task in range(4))
    last = told(live(0, **ours), slots(0, *busy), live(0.5, **ours), slots(0.5, *busy))[-1]
    assert last.others_decode_tps is None


def test_what_is_left_in_the_window_after_our_load_is_not_theirs() -> None:
    events = [live(0, in_flight=1, decoding=1), slots(0, (1, 0, 0)), slots(0.5, (1, 10, 0))]
    traffic = told(*events, live(0.6), slots(1, idle=2))
    assert traffic[-1].decode_tps == 10.0
    assert traffic[-1].others_decode_tps == 0.0  # no slot worked that ours did not explain


def test_a_logged_request_is_ours_by_its_timings() -> None:
    events = [live(0, in_flight=1), slots(0), ended(0.2, 0, 5, 30, 40), record(30, 40), slots(0.5)]
    (traffic,) = told(*events)
    assert [served.ours for served in traffic.served] == [True]


def test_a_request_that_no_record_claims_is_theirs_after_a_while() -> None:
    events = [live(0, in_flight=1), slots(0), ended(0.2, 0, 5, 30, 40), record(30, 41)]
    for n in range(1, 6):
        events += [live(n / 2, in_flight=1), slots(n / 2)]
    served = [(t.at_ns / S, s.ours) for t in told(*events) for s in t.served]
    assert served == [(2.5, False)]


def test_two_requests_of_the_same_size_are_claimed_once() -> None:
    twice = [ended(0.2, 0, 5, 30, 40), ended(0.3, 1, 6, 30, 40), record(30, 40)]
    served = [s.ours for t in told(slots(0), *twice, slots(0.5)) for s in t.served]
    assert sorted(served) == [False, True]


def test_what_this_session_asks_beside_its_load_is_nobody_elses() -> None:
    meter = TrafficMeter(SlotPrompts())
    meter.asking = True
    for event in (slots(0, (1, 0, 0)), ended(0.2, 0, 1, 9, 3)):
        meter.observe(event)
    traffic = meter.observe(slots(0.5))
    assert traffic is not None
    assert (traffic.others_decode_tps, [served.ours for served in traffic.served]) == (None, [True])


def test_questions_that_the_log_tells_of_when_they_are_over_are_nobody_elses() -> None:
    """Their ends are told with the next reading of the slots, when the load has begun."""
    meter = TrafficMeter(SlotPrompts())
    with meter.asked_by_us():
        for event in (slots(0, (1, 0, 0)), ended(0.2, 0, 1, 9, 3)):
            meter.observe(event)
    for event in (ended(0.3, 0, 2, 9, 2), live(0.4, in_flight=1), ended(1, 0, 3, 9, 2)):
        meter.observe(event)
    traffic = meter.observe(slots(0.5))
    assert traffic is not None
    assert [served.task for served in traffic.served if served.ours] == [1, 2]
    theirs = meter.observe(slots(4))
    assert theirs is not None
    assert [(served.task, served.ours) for served in theirs.served] == [(3, False)]


def test_what_a_task_did_after_its_last_reading_is_counted_once() -> None:
    """The log says 40 tokens, the last reading said 30; a reading made before that comes late."""
    events = [slots(0, (5, 10, 30)), slots(0.5, (5, 30, 30)), ended(0.8, 0, 5, 30, 40), slots(1, (5, 38, 30))]
    traffic = told(*events)
    assert traffic[-1].decode_tps == 30.0


def test_counters_stand_in_for_slots_that_are_switched_off() -> None:
    def counted(at_s: float, decoded: int) -> SlotsRead:
        return SlotsRead(at_ns=int(at_s * S), slots=(), decoded_total=decoded, prefilled_total=100)

    traffic = told(counted(0, 1000), counted(1, 1060), counted(2, 0))
    assert [t.decode_tps for t in traffic] == [60.0, 0.0]  # a server that began anew counts from zero


def test_the_view_keeps_others_apart_and_forgets_a_server_that_went() -> None:
    builder, totals = ViewBuilder(), SessionTotals()
    for traffic in told(
        slots(0), ended(0.2, 0, 5, 30, 40), slots(0.5), ended(0.7, 1, 6, 9, 8), record(9, 8), slots(1)
    ):
        builder.observe(traffic)
        totals.observe(traffic)
    view = builder.view()
    assert [served.task for served in view.others] == [5]
    assert (totals.others.requests["completed"], totals.others.output_tokens) == (1, 40)
    assert len(view.traffic_history) == 2
    builder.observe(ServerChanged(at_ns=2 * S, status=ServerStatus(state=ServerState.FAILED)))
    assert builder.view().traffic is None
