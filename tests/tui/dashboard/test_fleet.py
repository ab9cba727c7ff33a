"""The servers of a fleet as rows above the slots of the first."""

from __future__ import annotations

import pytest
from msgspec.structs import asdict, replace

from rocmtui.core.load.live_merge import merge_snapshots
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.session.view import SessionView
from rocmtui.tui.dashboard.fleet import draw_fleet, fleet_rows
from rocmtui.tui.draw.lines import width_of
from tests.fakes.scripted_views import record, running
from tests.tui.screen_text import text_of

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
        live=replace(view.live, by_server=(3, 1)),
        requests=tuple(requests),
    )


def test_each_server_has_what_is_open_there_and_its_last_minute() -> None:
    head, first, second = text_of(draw_fleet(fleet(), 100))
    assert head.split()[-2:] == ["done", "failed"]
    assert first.split()[1] == "3"
    assert second.split()[:2] == ["10.0.0.2:8080", "1"]
    assert [line.split()[-2] for line in (first, second)] == ["2", "1"]


@pytest.mark.parametrize("width", [44, 60, 76, 116, 196])
def test_rows_fill_their_width_and_one_server_has_none(width: int) -> None:
    assert {width_of(line) for line in draw_fleet(fleet(), width)} == {width}
    assert fleet_rows(fleet()) == 3
    assert draw_fleet(running(), width) == []
    assert fleet_rows(running()) == 0


def test_what_is_open_adds_up_over_load_processes() -> None:
    live = fleet().live
    assert live is not None
    assert merge_snapshots([live, replace(live, by_server=(1, 4))]).by_server == (4, 5)


def test_where_there_is_room_each_has_its_speed_against_the_fastest() -> None:
    first, second = (line.rstrip() for line in text_of(draw_fleet(fleet(), 196))[1:])
    assert 1 < second.count("━") < first.count("━")
