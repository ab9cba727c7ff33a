"""Where the panels stand: all of the body is used, nothing overlaps, what is essential is there."""

from __future__ import annotations

import itertools

import pytest

from rocmtui.tui.dashboard.places import Wants, alone, arrange

LISTS = ("requests", "log")


@pytest.mark.parametrize("width", [60, 79, 80, 99, 100, 120, 159, 160, 200, 240, 300])
@pytest.mark.parametrize("height", [13, 20, 21, 26, 36, 57, 77])
def test_panels_fill_the_body_without_overlapping(width: int, height: int) -> None:
    for slots, gpu, host in itertools.product((5, 7, 40), (4, 9, 30), (False, True)):
        places = arrange(width, height, Wants(slots, gpu, host), LISTS)
        assert {"tiles", "speed", "slots"} <= set(places)
        for one, other in itertools.combinations(places.values(), 2):
            assert not one.overlaps(other), places
        assert sum(region.area for region in places.values()) == width * height
        assert all(region.height >= 3 for name, region in places.items() if name != "tiles")


def test_the_list_comes_where_there_is_room_for_one() -> None:
    assert "requests" not in arrange(60, 13, Wants(7, 9), LISTS)
    assert "requests" in arrange(80, 20, Wants(7, 9), LISTS)
    assert set(LISTS) <= set(arrange(300, 77, Wants(7, 9), LISTS))


def test_the_host_has_a_line_where_the_cards_have_no_panel() -> None:
    for width, height in ((80, 20), (80, 21), (80, 29), (99, 26)):
        told = arrange(width, height, Wants(7, 9, host=True), LISTS)
        assert ("gpu" in told, told["tiles"].height) == (False, 2)
        assert arrange(width, height, Wants(7, 9), LISTS)["tiles"].height == 1
    for width, height in ((60, 13), (80, 30), (120, 36)):
        told = arrange(width, height, Wants(7, 9, host=True), LISTS)
        assert told["tiles"].height in (1, 4)


def test_one_alone_takes_it_all() -> None:
    assert alone(80, 20, ("slots",))["slots"].size == (80, 20)
    assert [region.x for region in alone(120, 20, ("ttft", "itl")).values()] == [0, 60]
    assert [region.y for region in alone(80, 20, ("ttft", "itl")).values()] == [0, 10]
