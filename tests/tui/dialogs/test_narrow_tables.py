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


def test_a_unit_stands_with_the_name_of_its_row() -> None:
    page = (
        "| metric | unit | p50 | p95 |\n| --- | --- | ---: | ---: |\n| inter-token latency | ms | 8 | 9.5 |\n"
    )
    assert with_narrow_tables(page, 30) == "- **inter-token latency, ms**: p50 8, p95 9.5\n"


def test_a_row_without_a_name_goes_on_with_the_one_before() -> None:
    page = (
        "| slots | test | variant | median |\n| --- | --- | --- | ---: |\n"
        "| 1 | tg128 | fast | 250 (248 to 252) |\n|  |  | slow | 200 (198 to 202) |\n"
    )
    assert with_narrow_tables(page, 40).splitlines() == [
        "- **slots 1**: test tg128, variant fast, median 250 (248 to 252)",
        "  - variant slow, median 200 (198 to 202)",
    ]
    assert with_narrow_tables(page, 46) == page
