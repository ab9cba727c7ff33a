"""Where the panels stand: all of the body is used, nothing overlaps, what is essential is there."""

from __future__ import annotations

import itertools

import pytest

from rocmtui.tui.dashboard.places import Wants, alone, arrange

LISTS = ("requests", "log")


def wants(slots: int, gpu: int, cards: int = 0, host: bool = False, told: bool = False) -> Wants:
    return Wants(lambda most: min(slots, most), lambda most: min(gpu, most), cards, host, told)


@pytest.mark.parametrize("width", [60, 79, 80, 99, 100, 120, 159, 160, 200, 240, 300])
@pytest.mark.parametrize("height", [13, 20, 21, 26, 36, 57, 77])
def test_panels_fill_the_body_without_overlapping(width: int, height: int) -> None:
    for slots, gpu, host in itertools.product((5, 7, 40), (4, 9, 30), (False, True)):
        places = arrange(width, height, wants(slots, gpu, host=host), LISTS)
        assert {"tiles", "speed", "slots"} <= set(places)
        for one, other in itertools.combinations(places.values(), 2):
            assert not one.overlaps(other), places
        assert sum(region.area for region in places.values()) == width * height
        assert all(region.height >= 3 for name, region in places.items() if name != "tiles")


def test_the_list_comes_where_there_is_room_for_one() -> None:
    assert "requests" not in arrange(60, 13, wants(7, 9), LISTS)
    assert "requests" in arrange(80, 20, wants(7, 9), LISTS)
    assert set(LISTS) <= set(arrange(300, 77, wants(7, 9), LISTS))


@pytest.mark.parametrize(("width", "height"), [(60, 13), (80, 20), (80, 21), (120, 36), (200, 57)])
def test_why_there_are_no_slots_is_whole_and_nothing_overlaps(width: int, height: int) -> None:
    for slots in (3, 8, 12):
        places = arrange(width, height, wants(slots, 9, told=True), LISTS[1:])
        assert places["slots"].height >= slots
        assert sum(region.area for region in places.values()) == width * height
    assert ("speed" in arrange(60, 13, wants(12, 9, told=True), LISTS)) is False


def test_a_large_screen_has_both_latencies() -> None:
    assert {"ttft", "itl"} <= set(arrange(300, 77, wants(7, 12), LISTS))
    assert "itl" not in arrange(200, 57, wants(7, 12), LISTS)


def test_the_host_has_a_line_where_the_cards_have_no_panel() -> None:
    for width, height in ((80, 20), (80, 21), (80, 29), (99, 26)):
        told = arrange(width, height, wants(7, 9, host=True), LISTS)
        assert ("gpu" in told, told["tiles"].height) == (False, 2)
        assert arrange(width, height, wants(7, 9), LISTS)["tiles"].height == 1
    for width, height in ((60, 13), (80, 30), (120, 36)):
        told = arrange(width, height, wants(7, 9, host=True), LISTS)
        assert told["tiles"].height in (1, 4)


def test_one_alone_takes_it_all() -> None:
    assert alone(80, 20, ("slots",))["slots"].size == (80, 20)
    assert [region.x for region in alone(120, 20, ("ttft", "itl")).values()] == [0, 60]
    assert [region.y for region in alone(80, 20, ("ttft", "itl")).values()] == [0, 10]


@pytest.mark.parametrize(("width", "height"), [(120, 36), (100, 36), (79, 36), (200, 57)])
def test_eight_cards_have_a_row_each(width: int, height: int) -> None:
    assert arrange(width, height, wants(7, 12, cards=10), LISTS)["gpu"].height >= 10


def test_no_panel_is_given_rows_it_would_leave_empty() -> None:
    places = arrange(200, 57, Wants(lambda _: 7, lambda most: 12 if most < 30 else 30), LISTS)
    assert (places["gpu"].height, places["slots"].height) == (12, 7)
