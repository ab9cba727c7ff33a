from __future__ import annotations

from rocmtui.tui.runs.marks import Marks
from tests.fakes.run_shelf import entry

NEWEST_FIRST = (entry(3), entry(2), entry(1))
NEW, MIDDLE, OLD = (run.path for run in NEWEST_FIRST)


def test_two_at_most_are_marked_and_the_older_is_held_against_the_newer() -> None:
    marks = Marks(None, None)
    for path in (OLD, MIDDLE, NEW):
        marks.toggle(path)
    assert marks.marked == [MIDDLE, NEW]
    assert marks.pair(None, NEWEST_FIRST) == [MIDDLE, NEW]
    marks.toggle(MIDDLE)
    assert marks.pair(entry(1), NEWEST_FIRST) == [OLD, NEW]
    assert marks.pair(entry(3), NEWEST_FIRST) == [NEW]
    marks.keep({OLD})
    assert marks.pair(entry(1), NEWEST_FIRST) == []


def test_the_run_under_way_shows_before_what_else_it_is() -> None:
    marks = Marks(NEW, OLD)
    marks.toggle(NEW)
    assert [marks.glyph(run) for run in NEWEST_FIRST] == ["●", " ", "◌"]
    assert marks.words(entry(1)).startswith("◌ the baseline drawn as a ghost   ◆ 1 marked")


def test_a_name_that_a_row_may_cut_is_told_whole() -> None:
    name = "DeepSeek-R1-Distill-Qwen-32B-imatrix-IQ4_XS"
    assert Marks(None, None).words(entry(1, model=name)) == name
    assert Marks(None, None).words(entry(1, model="Qwen3-8B")) == ""
