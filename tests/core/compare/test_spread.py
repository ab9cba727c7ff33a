"""How requests of two sides are spread."""

from __future__ import annotations

from rocmtui.core.compare.sides import Quantity
from rocmtui.core.compare.spread import BINS, spreads
from rocmtui.core.stats.change import Sample
from rocmtui.tui.result.spreads import draw_spreads
from tests.tui.screen_text import text_of


def side(*values: float) -> dict[str, Quantity]:
    sample = Sample(ascending=tuple(sorted(values)), share=0.5, count=len(values))
    return {"ttft_p50": Quantity(unit="ms", sample=sample)}


def test_both_sides_are_counted_over_one_scale() -> None:
    (found,) = spreads(side(100, 100, 100, 100, 400), side(200, 200, 200, 200, 200, 0))
    assert (found.title, found.unit, found.low, found.high) == ("TTFT", "ms", 100, 400)
    assert (found.a[0], found.a[-1], sum(found.a)) == (4, 1, 5)
    assert (found.b[BINS // 2], sum(found.b)) == (5, 5)


def test_too_few_requests_or_none_are_no_distribution() -> None:
    assert spreads(side(1, 2, 3, 4), side(1, 2, 3, 4, 5)) == ()
    assert spreads({}, side(1, 2, 3, 4, 5)) == ()


def test_they_are_drawn_one_above_the_other_within_the_width() -> None:
    found = spreads(side(100, 100, 100, 100, 400), side(200, 200, 200, 200, 200))
    lines = text_of(draw_spreads(found, 40))
    assert {len(line) for line in lines} == {40}
    assert (lines[2][0], lines[4][0]) == ("B", "A")
    assert lines[4].index("█") < lines[2].index("█")
    assert lines[5].split() == ["100", "200"]
    assert draw_spreads((), 40) == []
