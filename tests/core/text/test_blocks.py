"""Drawings in block characters, as text."""

import pytest

from rocmtui.core.text.blocks import (
    columns,
    hanging,
    linear_ticks,
    log_cell,
    log_edges,
    log_ticks,
    nice_ceiling,
    row_line,
    sparkline,
    split_cells,
)


def test_bars_stand_on_the_last_row() -> None:
    assert columns([0, 0.25, 0.5, 0.75, 1, None], 2) == [
        "   ▄█ ",
        " ▄███ ",
    ]


def test_ticks_of_a_linear_scale_are_round_and_few_enough() -> None:
    assert linear_ticks(4450, 4) == [1000, 2000, 3000, 4000]
    assert linear_ticks(4450, 2) == [2000, 4000]
    assert linear_ticks(340, 3) == [100, 200, 300]
    assert linear_ticks(0, 4) == linear_ticks(7, 0) == []
    assert all(1 <= len(linear_ticks(top / 7, most)) <= most for top in range(1, 900) for most in range(2, 9))


def test_something_is_never_drawn_as_nothing() -> None:
    assert columns([0.001], 3)[-1] == "▁"
    assert hanging([0.001], 3)[0] == "▔"
    assert row_line(0.001, 8) == ("╸", "───────")


def test_bars_hang_from_the_first_row() -> None:
    assert hanging([0, 0.25, 0.5, 0.75, 1, None], 2) == [
        " ▀███ ",
        "   ▀█ ",
    ]


def test_levels_beyond_the_scale_are_cut() -> None:
    assert columns([-1, 7], 1) == [" █"]
    assert row_line(3, 4) == ("━━━━", "")


def test_sparkline_tells_zero_from_missing() -> None:
    assert sparkline([0, None, 0.5, 1]) == "▁ ▄█"


@pytest.mark.parametrize(
    ("parts", "width", "cells"),
    [
        ([1, 1, 2], 8, [2, 2, 4]),
        ([1, 1000], 10, [1, 9]),
        ([0, 5], 4, [0, 4]),
        ([0, 0], 4, [0, 0]),
        ([1, 1, 1], 2, [1, 1, 0]),
    ],
)
def test_cells_are_shared_and_small_parts_seen(parts: list[float], width: int, cells: list[int]) -> None:
    assert split_cells(parts, width) == cells


@pytest.mark.parametrize(("value", "top"), [(0, 1), (182, 200), (210, 250), (1000, 1000), (0.03, 0.03)])
def test_scales_end_at_round_numbers(value: float, top: float) -> None:
    assert nice_ceiling(value) == pytest.approx(top)


def test_log_scale_has_equal_factors_and_round_ticks() -> None:
    assert log_edges(1, 100, 2) == pytest.approx([1, 10, 100])
    assert log_ticks(10, 500) == [10, 20, 50, 100, 200, 500]
    assert [log_cell(value, 1, 100, 10) for value in (0, 1, 10, 99.9, 1e6)] == [0, 0, 5, 9, 9]
