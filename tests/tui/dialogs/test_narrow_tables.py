"""Tables of a Markdown page that have no room."""

from __future__ import annotations

from rocmtui.tui.dialogs.narrow_tables import with_narrow_tables

PAGE = r"""# a sweep

| workers | tok/s | TTFT p95 ms | note |
| ---: | ---: | ---: | --- |
| 1 | 60 | 1,120 |  |
| 2 | 97.5 | 54,837 | a\|b failed |

|  |  |
| --- | --- |
| CPU | AMD EPYC |
| system | Debian GNU/Linux 12 (bookworm) |
"""


def test_a_table_that_fits_stays_a_table() -> None:
    assert with_narrow_tables(PAGE, 60) == PAGE


def test_where_words_would_be_broken_each_row_is_told_in_a_line() -> None:
    lines = with_narrow_tables(PAGE, 34).splitlines()
    assert "- **workers 1**: tok/s 60, TTFT p95 ms 1,120" in lines
    assert r"- **workers 2**: tok/s 97.5, TTFT p95 ms 54,837, note a\|b failed" in lines
    assert "| CPU | AMD EPYC |" in lines
    assert "- **CPU**: AMD EPYC" in with_narrow_tables(PAGE, 20).splitlines()
