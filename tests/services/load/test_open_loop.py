"""Requests at planned times, whatever the server does."""

from __future__ import annotations

import pytest

from rocmtui.core.load.scenario import OpenLoop
from rocmtui.core.request.values import ttft, ttft_scheduled
from rocmtui.core.session.commands import Pause, Resume, SetConcurrency, SetRate
from rocmtui.services.load.shapes import LEAD_S
from tests.services.load.fixture import Load


def planned_s(load: Load) -> list[float]:
    by_id = sorted(load.records, key=lambda record: record.id)
    return [round((record.scheduled_ns or 0) / 1e9 - LEAD_S, 6) for record in by_id]


async def test_requests_go_out_at_their_planned_times_though_the_server_is_slow() -> None:
    load = Load(OpenLoop(rate=4.0), requests=6, seconds=10.0)
    finished = await load.finish()
    assert planned_s(load) == [0, 0.25, 0.5, 0.75, 1.0, 1.25]
    assert load.sender.most_open == 6
    assert finished.reason == "requests"
    assert [record.sent_ns for record in load.records] == [record.scheduled_ns for record in load.records]


async def test_a_client_that_wakes_late_shows_it_in_the_latency_from_the_plan() -> None:
    load = Load(OpenLoop(rate=10.0), requests=3, seconds=1.0)
    await load.advance(0)
    load.clock.tick(0.5)  # the machine stood still for half a second
    await load.finish()
    late = sorted(load.records, key=lambda record: record.id)[0]
    assert ttft(late) == pytest.approx(1000.0, abs=1)
    assert (ttft_scheduled(late) or 0) - (ttft(late) or 0) == pytest.approx(490.0, abs=11)


async def test_arrivals_over_the_cap_are_dropped_and_counted() -> None:
    load = Load(OpenLoop(rate=10.0, max_in_flight=2), requests=4, seconds=1.0)
    await load.finish()
    assert planned_s(load) == [0, 0.1, 1.1, 1.2]
    assert load.snapshots[-1].dropped == 9
    assert load.sender.most_open == 2


async def test_a_duration_ends_the_plan() -> None:
    load = Load(OpenLoop(rate=2.0), duration_s=2.0)
    finished = await load.finish()
    assert finished.reason == "duration"
    assert len(load.records) == 4
    assert finished.window_start_ns == min(record.scheduled_ns or 0 for record in load.records)
    assert (finished.window_end_ns or 0) - (finished.window_start_ns or 0) == 2 * 10**9


async def test_a_new_rate_holds_from_now_on() -> None:
    load = Load(OpenLoop(rate=0.1), requests=4)
    await load.advance(3.0)
    load.runner.obey(SetRate(rate=1.0))
    load.runner.obey(SetConcurrency(concurrency=9))
    await load.finish()
    assert load.sent_s[0] == pytest.approx(0, abs=0.02)
    assert load.sent_s[1:] == pytest.approx([3.25, 4.25, 5.25], abs=0.3)


async def test_after_a_pause_a_new_plan_begins_instead_of_a_burst() -> None:
    load = Load(OpenLoop(rate=2.0), requests=5, seconds=0.1)
    await load.advance(0.7)
    load.runner.obey(Pause())
    await load.advance(9.3)
    assert len(load.sent_s) == 2
    load.runner.obey(Resume())
    await load.finish()
    assert load.sent_s[2:] == pytest.approx([10.0, 10.5, 11.0], abs=0.05)


async def test_poisson_processes_share_one_plan() -> None:
    shape = OpenLoop(rate=5.0, arrivals="poisson")
    alone = Load(shape, requests=12)
    await alone.finish()
    both = [Load(shape, requests=12, processes=2, process=number) for number in (0, 1)]
    for load in both:
        await load.finish()
    shares = sorted((r.id, r.scheduled_ns) for load in both for r in load.records)
    assert shares == sorted((r.id, r.scheduled_ns) for r in alone.records)
