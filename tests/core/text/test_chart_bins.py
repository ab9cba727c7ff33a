"""Columns of a chart with a time axis."""

from rocmtui.core.text.chart_bins import held, time_bins


def test_each_column_is_the_mean_of_its_stretch() -> None:
    points = [(39, 4.0), (30, 2.0), (20, None), (15, 8.0)]
    assert time_bins(points, now_ns=39, window_ns=40, bins=4) == [None, 8.0, None, 3.0]


def test_columns_keep_their_value_while_they_move() -> None:
    points = [(25, 5.0), (12, 3.0)]
    assert time_bins(points, now_ns=29, window_ns=30, bins=3) == [None, 3.0, 5.0]
    assert time_bins(points, now_ns=31, window_ns=30, bins=3) == [3.0, 5.0, None]


def test_what_is_older_than_the_window_is_not_read() -> None:
    def points():
        yield 95, 1.0
        yield 5, 2.0
        raise AssertionError("read on")

    assert time_bins(points(), now_ns=99, window_ns=20, bins=2) == [None, 1.0]


def test_a_short_gap_is_closed_and_an_outage_stays_one() -> None:
    second = 1_000_000_000
    values = [1.0, None, None, 4.0, None, None, None, 8.0, None]
    assert held(values, second) == [1.0, 1.0, 1.0, 4.0, None, None, None, 8.0, None]
    assert held([None, 2.0, None, 3.0], 5 * second) == [None, 2.0, None, 3.0]
