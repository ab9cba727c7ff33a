"""Workers that send their next request when the last one ended."""

from __future__ import annotations

import pytest

from rocmtui.core.load.scenario import Prompt
from rocmtui.core.request.record import ErrorKind, Phase
from rocmtui.core.session.commands import Pause, Resume, SetConcurrency, SetRate, StopLoad
from tests.fakes.scripted_sender import REFUSED
from tests.services.load.fixture import Load


async def test_workers_replace_each_other_without_a_gap() -> None:
    load = Load(2, requests=6)
    finished = await load.finish()
    assert load.sent_s == [0, 0, 1, 1, 2, 2]
    assert (finished.reason, finished.first_sent_ns, finished.last_done_ns) == ("requests", 0, 3 * 10**9)
    assert sorted(record.id for record in load.records) == list(range(6))
    assert all(record.completed for record in load.records)


async def test_prompts_are_used_in_order_and_again() -> None:
    load = Load(1, requests=5)
    await load.finish()
    assert load.sender.prompts == ["prompt 0", "prompt 1", "prompt 2", "prompt 0", "prompt 1"]


async def test_more_workers_start_at_once() -> None:
    load = Load(1, requests=5)
    await load.advance(0.5)
    load.runner.obey(SetConcurrency(concurrency=3))
    await load.advance(0)
    assert load.sent_s == [0, 0.5, 0.5]
    await load.finish()
    assert load.sender.most_open == 3


async def test_a_worker_taken_away_finishes_its_request() -> None:
    load = Load(3, requests=8)
    await load.advance(0.5)
    load.runner.obey(SetConcurrency(concurrency=1))
    await load.finish()
    assert load.sent_s == [0, 0, 0, 1, 2, 3, 4, 5]
    assert [record.cancelled for record in load.records] == [False] * 8


async def test_a_worker_called_back_before_it_left_just_goes_on() -> None:
    load = Load(2, requests=6)
    await load.advance(0.5)
    load.runner.obey(SetConcurrency(concurrency=1))
    load.runner.obey(SetConcurrency(concurrency=2))
    await load.finish()
    assert load.sent_s == [0, 0, 1, 1, 2, 2]


async def test_no_workers_is_no_end() -> None:
    load = Load(1, requests=2)
    await load.advance(0.5)
    load.runner.obey(SetConcurrency(concurrency=0))
    await load.advance(60)
    assert (len(load.sent_s), load.ended) == (1, False)
    load.runner.obey(SetConcurrency(concurrency=1))
    await load.finish()
    assert len(load.sent_s) == 2


async def test_a_pause_sends_nothing_new_and_lets_requests_end() -> None:
    load = Load(2, requests=4)
    await load.advance(0.5)
    load.runner.obey(Pause())
    await load.advance(9.5)
    assert (load.sent_s, load.sender.open) == ([0, 0], 0)
    assert load.snapshots[-1].paused
    load.runner.obey(Resume())
    await load.finish()
    assert load.sent_s == [0, 0, 10, 10]


async def test_the_warm_up_is_handed_over_without_draining() -> None:
    load = Load(2, requests=4, warmup_requests=3, seconds=1.0)
    finished = await load.finish()
    assert load.sent_s == [0, 0, 1, 1, 2, 2, 3]
    by_id = sorted(load.records, key=lambda record: record.id)
    assert [record.phase for record in by_id] == [Phase.WARMUP] * 3 + [Phase.MEASURED] * 4
    assert finished.first_sent_ns == 10**9
    assert (finished.window_start_ns, finished.window_end_ns) == (10**9, finished.last_done_ns)
    assert [snapshot.phase for snapshot in load.snapshots[:1]] == ["warmup"]


async def test_the_duration_ends_sending_and_open_requests_are_waited_for() -> None:
    load = Load(2, duration_s=2.5, warmup_requests=2)
    finished = await load.finish()
    assert load.sent_s == [0, 0, 1, 1, 2, 2, 3, 3]
    assert (finished.reason, finished.last_done_ns) == ("duration", 4 * 10**9)
    window_s = ((finished.window_start_ns or 0) / 1e9, (finished.window_end_ns or 0) / 1e9)
    assert window_s == (1.0, 3.5)
    assert "drain" in {snapshot.phase for snapshot in load.snapshots}


async def test_a_duration_ends_a_paused_load() -> None:
    load = Load(1, duration_s=5)
    await load.advance(0.5)
    load.runner.obey(Pause())
    assert (await load.finish()).reason == "duration"


async def test_stop_cuts_requests_off_and_records_them_as_cancelled() -> None:
    load = Load(2, requests=100)
    await load.advance(1.5)
    load.runner.obey(StopLoad(reason="interrupted"))
    finished = await load.finish(1)
    assert finished.reason == "interrupted"
    assert sorted((record.id, record.cancelled) for record in load.records) == [
        (0, False),
        (1, False),
        (2, True),
        (3, True),
    ]
    assert load.snapshots[-1].phase == "done"
    assert (load.snapshots[-1].cancelled, load.snapshots[-1].in_flight) == (2, 0)


async def test_workers_start_over_the_ramp() -> None:
    load = Load(4, requests=4, ramp_s=8.0, seconds=100.0)
    await load.finish()
    assert load.sent_s == [0, 2, 4, 6]


async def test_a_rate_means_nothing_to_workers() -> None:
    load = Load(1, requests=2)
    await load.advance(0)
    load.runner.obey(SetRate(rate=5.0))
    assert (await load.finish()).reason == "requests"


async def test_failures_in_a_row_slow_a_worker_down() -> None:
    load = Load(1, requests=6)
    load.sender.error = lambda number: REFUSED
    await load.advance(0)
    assert len(load.sender.prompts) == 2
    await load.advance(0.06)
    assert len(load.sender.prompts) == 3
    finished = await load.finish()
    assert (finished.reason, len(load.records)) == ("requests", 6)


async def test_one_failure_does_not() -> None:
    load = Load(1, requests=3)
    load.sender.error = lambda number: REFUSED if number == 1 else None
    await load.finish()
    assert load.sent_s == [0, 1]


async def test_a_server_that_refuses_for_long_is_gone() -> None:
    load = Load(2, requests=10_000)
    load.sender.error = lambda number: REFUSED if number > 3 else None
    finished = await load.finish()
    assert finished.reason == "server_gone"
    assert finished.message == "no connection for 10 s: cannot connect: Connection refused"
    assert {r.error.kind for r in load.records if r.error} == {ErrorKind.CONNECT}


async def test_a_failure_is_told_at_once_where_an_error_limit_waits_for_it() -> None:
    load = Load(1, requests=10, max_error_rate=0.5, seconds=0.01)
    load.sender.error = lambda number: REFUSED if number == 1 else None
    await load.advance(0.011)  # before the first snapshot
    assert [record.id for record in load.records] == [0, 1]
    await load.finish()


async def test_a_load_goes_on_through_failures() -> None:
    load = Load(1, requests=40)
    load.sender.error = lambda number: REFUSED if number % 2 else None
    finished = await load.finish()
    assert (finished.reason, load.snapshots[-1].by_error) == ("requests", {"connect": 20})


async def test_requests_open_long_after_the_duration_are_cut_off_and_told() -> None:
    load = Load(2, duration_s=1.0, seconds=50.0, drain_s=3.0)
    finished = await load.finish()
    assert finished.reason == "duration"
    assert finished.message == "2 requests still open 3 s after the end of the duration: cut off (--drain)"
    assert finished.window_end_ns == 10**9
    assert [record.cancelled for record in load.records] == [True, True]


async def test_the_window_of_a_load_that_is_ended_ends_there() -> None:
    load = Load(2, duration_s=9.0, seconds=2.0)
    await load.advance(4.5)
    load.runner.obey(StopLoad())
    finished = await load.finish()
    assert finished.window_end_ns == pytest.approx(4.5e9, abs=0.3e9)


async def test_warm_up_requests_send_what_is_theirs() -> None:
    load = Load(2, requests=3, warmup_requests=2, warmup_prompts=(Prompt(text="context", max_tokens=1),))
    await load.finish()
    assert load.sender.prompts == ["context", "context", "prompt 2", "prompt 0", "prompt 1"]
