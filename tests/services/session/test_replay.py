"""Replay: the same view as when it happened, at any position and speed."""

import pytest

from rocmtui.core.load.said import Requests
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.session.events import Event, LogRead, RunStarted
from rocmtui.core.session.view_builder import ViewBuilder
from rocmtui.errors import UsageError
from rocmtui.services.session.replay import ReplaySession
from tests.fakes.manual_clock import ManualClock

SECOND = 1_000_000_000


def timeline() -> list[Event]:
    events: list[Event] = [
        LiveSnapshot(at_ns=n * SECOND, phase="measured", completed=n, output_tps=float(n))
        for n in range(10, 21)
    ]
    events.append(LogRead(at_ns=15 * SECOND + 1, lines=("slot released",)))
    record = RequestRecord(id=1, worker=0, phase=Phase.MEASURED, done_ns=12 * SECOND + 5)
    events.append(Requests(at_ns=record.done_ns, records=(record,)))
    return sorted(events, key=lambda event: event.at_ns)


def completed(session: ReplaySession) -> int:
    live = session.view().live
    assert live is not None
    return live.completed


def test_plays_at_the_speed_it_happened() -> None:
    clock = ManualClock()
    session = ReplaySession(timeline(), clock)
    clock.tick(3.5)
    assert completed(session) == 13
    assert [r.id for r in session.view().requests] == [1]


def test_four_times_as_fast() -> None:
    clock = ManualClock()
    session = ReplaySession(timeline(), clock, speed=4)
    clock.tick(2)
    assert completed(session) == 18


def test_hold_and_step_both_ways() -> None:
    clock = ManualClock()
    session = ReplaySession(timeline(), clock)
    clock.tick(3.5)
    session.play(False)
    clock.tick(60)
    assert completed(session) == 13
    session.step(1)
    assert completed(session) == 14
    session.step(-2)
    assert completed(session) == 12


def test_a_scripted_run_says_so_from_its_first_event_on_and_after_a_rewind() -> None:
    run = RunStarted(at_ns=15 * SECOND, unix_ns=0, tool_version="0", source="scripted", label="made up")
    clock = ManualClock()
    session = ReplaySession(sorted([*timeline(), run], key=lambda event: event.at_ns), clock)
    assert (session.view().source, session.view().label) == ("scripted", "made up")
    clock.tick(7)
    session.view()
    session.seek(0)
    assert session.view().source == "scripted"


def test_seeking_back_forgets_what_came_later() -> None:
    clock = ManualClock()
    session = ReplaySession(timeline(), clock)
    clock.tick(8)
    assert session.view().log == ("slot released",)
    session.seek(1 * SECOND)
    view = session.view()
    assert view.log == ()
    assert len(view.history) == 2


def test_holds_at_the_end_with_the_view_of_the_live_run() -> None:
    clock = ManualClock()
    session = ReplaySession(timeline(), clock)
    live = ViewBuilder()
    for event in timeline():
        live.observe(event)
    clock.tick(1000)
    view = session.view()
    assert view.replay is not None
    assert not view.replay.playing
    assert (view.history, view.log, view.live) == (live.view().history, live.view().log, live.view().live)


def test_play_at_the_end_begins_again() -> None:
    clock = ManualClock()
    session = ReplaySession(timeline(), clock)
    clock.tick(1000)
    session.view()
    session.play(True)
    assert completed(session) == 10


def test_an_empty_run_is_refused_with_one_line() -> None:
    with pytest.raises(UsageError, match="no events"):
        ReplaySession([], ManualClock())


async def test_actions_of_a_live_session_are_refused() -> None:
    with pytest.raises(UsageError, match="a replay cannot stop a server"):
        await ReplaySession(timeline(), ManualClock()).stop_server()
