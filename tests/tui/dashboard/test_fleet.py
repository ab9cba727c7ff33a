"""The servers of a fleet as rows above the slots of the first."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import asdict, replace

from rocmtui.core.glance.fleet import fleet_now
from rocmtui.core.load.live_merge import merge_snapshots
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.session.events import FleetRead
from rocmtui.core.session.view import FleetServer, SessionView
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dashboard.fleet import draw_fleet, fleet_rows, fleet_summary
from rocmtui.tui.draw.lines import width_of
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import ready_status, record, running
from tests.tui.screen_text import screen_text, text_of

SECOND = 1_000_000_000


def ended(number: int, at_ns: int) -> RequestRecord:
    """A request that ended then, alternately at the first and the second server."""
    made = record(number)
    later_ns = at_ns - made.done_ns
    stamps = {
        name: value + later_ns
        for name, value in asdict(made).items()
        if name.endswith("_ns") and isinstance(value, int)
    }
    return replace(made, server=number % 2, **stamps)


def fleet() -> SessionView:
    """Three requests in the last minute, two older ones."""
    view = running()
    assert view.scenario is not None
    assert view.live is not None
    now_ns = view.live.at_ns
    requests = [ended(n, now_ns - age * SECOND) for n, age in enumerate((90, 80, 12, 11, 10))]
    return replace(
        view,
        scenario=replace(view.scenario, fleet=("http://10.0.0.2:8080",)),
        fleet=(FleetServer(url="http://10.0.0.2:8080"),),
        live=replace(view.live, by_server=(3, 1)),
        requests=tuple(requests),
    )


def test_each_server_has_what_is_open_there_and_its_last_minute() -> None:
    head, first, second = text_of(draw_fleet(fleet_now(fleet()), 100))
    assert head.split()[-2:] == ["done", "failed"]
    assert first.split()[1:4] == ["3/4", "2", "3"]
    assert second.split()[:4] == ["10.0.0.2:8080", "–", "–", "1"]
    assert [line.split()[-2] for line in (first, second)] == ["2", "1"]


@pytest.mark.parametrize("width", [44, 60, 76, 116, 196])
def test_rows_fill_their_width_and_one_server_has_none(width: int) -> None:
    assert {width_of(line) for line in draw_fleet(fleet_now(fleet()), width)} == {width}
    assert fleet_rows(fleet()) == 3
    assert draw_fleet(fleet_now(running()), width) == []
    assert fleet_rows(running()) == 0


def test_what_is_open_adds_up_over_load_processes() -> None:
    live = fleet().live
    assert live is not None
    assert merge_snapshots([live, replace(live, by_server=(1, 4))]).by_server == (4, 5)


def test_where_there_is_room_each_has_its_speed_against_the_fastest() -> None:
    first, second = (line.rstrip() for line in text_of(draw_fleet(fleet_now(fleet()), 196))[1:])
    assert 1 < second.count("━") < first.count("━")


def test_each_tells_how_full_it_is_and_what_waits_there_or_why_that_is_not_known() -> None:
    full = FleetRead(at_ns=1, server=1, state="read", busy=4, slots=4)
    off, silent = FleetRead(at_ns=1, server=2, state="off"), FleetRead(at_ns=1, server=3, state="silent")
    view = fleet()
    assert view.live is not None
    servers = (
        *(FleetServer(url=f"http://10.0.0.{said.server}:1", said=said) for said in (full, off, silent)),
        FleetServer(url="http://10.0.0.9:1"),
    )
    view = replace(view, fleet=servers, deferred=2, live=replace(view.live, by_server=(3, 7, 5, 0, 1)))
    rows = [
        line.replace("no /slots", "none").split() for line in text_of(draw_fleet(fleet_now(view), 100))[1:]
    ]
    told = [row[1:4] for row in rows]
    assert told[:2] == [["3/4", "2", "3"], ["4/4", "3", "7"]]
    assert told[2:] == [["none", "–", "5"], ["silent", "–", "0"], ["–", "–", "1"]]
    assert "".join(text_of([fleet_summary(fleet_now(view), 60)])) == "7/8 busy  5 waiting"
    roles = [
        {span.text.strip(): span.role for span in line} for line in draw_fleet(fleet_now(view), 100)[1:3]
    ]
    assert (roles[0]["3/4"], roles[1]["4/4"], roles[1]["3"]) == ("figure", "warning", "warning")


def test_servers_are_told_before_a_load_and_where_the_first_shows_no_slots() -> None:
    ready = ready_status(4)
    off = replace(ready, facts=replace(ready.facts, slots_endpoint=False))
    said = FleetRead(at_ns=1, server=1, state="read", busy=1, slots=2)
    servers = (FleetServer(url="http://b:1", said=said),)
    idle = replace(running(), live=None, scenario=None, fleet=servers, slots=(), deferred=None, server=off)
    rows = text_of(draw_fleet(fleet_now(idle), 76))
    assert rows[1].split()[1:] == ["no", "/slots", "–", "–", "–", "–", "0", "0"]
    assert rows[2].split()[:4] == ["b:1", "1/2", "–", "–"]


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)])
async def test_which_server_is_full_is_seen_at_every_size(size: tuple[int, int]) -> None:
    said = FleetRead(at_ns=1, server=1, state="read", busy=8, slots=8)
    server = fleet().fleet[0]
    session = ScriptedSession(replace(fleet(), fleet=(replace(server, said=said),)))
    app = RocmtuiApp(session)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        shown = screen_text(app)
        assert re.search(r"10\.0\.0\.2:8080 +8/8 ", shown)
        assert "11/12 busy" in shown
        session.advance(replace(fleet(), fleet=(replace(server, said=replace(said, busy=3)),)))
        app.poll()
        await pilot.pause()
        assert re.search(r"10\.0\.0\.2:8080 +3/8 ", screen_text(app))
