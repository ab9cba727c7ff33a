"""Two runs as a drawing: the sentence first, intervals as bars, better to the right."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.compare.sentence import sentences
from rocmtui.core.compare.spread import Spread
from rocmtui.core.compare.verdicts import Comparison, Row
from rocmtui.core.stats.change import Change
from rocmtui.core.stats.verdict import Verdict, judge
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.draw.intervals import interval_bar
from rocmtui.tui.draw.lines import width_of
from rocmtui.tui.result.actions import CompareActions, ComparePair
from rocmtui.tui.result.compare_screen import CompareScreen
from rocmtui.tui.result.comparison import draw_comparison
from rocmtui.tui.result.spreads import draw_spreads
from tests.fakes.scripted_session import ScriptedSession
from tests.tui.screen_text import screen_text, text_of


def row(key: str, unit: str, low: float, high: float, better: str) -> Row:
    change = Change(estimate=(low + high) / 2, interval=(low, high), pairs=9, of="stretches")
    verdict = judge(change, unit=unit, better=better)
    return Row(key=key, title=key, unit=unit, better=better, a=100.0, b=108.0, verdict=verdict)


FASTER = Comparison(
    a="old",
    b="new",
    rows=(
        row("output_tps", "tok/s", 0.05, 0.11, "higher"),
        row("ttft_p50", "ms", 0.06, 0.17, "lower"),
        row("itl_p50", "ms", -0.5, -0.3, "lower"),
        row("queue_p50", "ms", -0.02, 0.03, "lower"),
    ),
    differences=("build: b1 against b2",),
)


def test_the_sentence_names_the_speed_and_what_got_worse() -> None:
    first, worse, better = sentences(FASTER)
    assert first.startswith("B is faster: output_tps 108 against 100 tok/s, 8.0 % faster (5.0 to 11.0)")
    assert worse.startswith("Worse beyond doubt: ttft_p50")
    assert better.startswith("Better beyond doubt: itl_p50")
    assert sentences(Comparison(a="a", b="b", rows=())) == ["No other metric is worse beyond doubt."]


def test_better_is_to_the_right_and_what_goes_too_far_is_marked() -> None:
    lines = {line.split()[0]: line for line in text_of(draw_comparison(FASTER, 110)) if line.strip()}
    zero = lines["queue_p50"].index("■")
    assert lines["output_tps"].index("■") > zero
    assert lines["ttft_p50"].index("■") < zero
    assert "▸" in lines["itl_p50"]
    assert "same" in lines["queue_p50"]


@pytest.mark.parametrize("width", [50, 74, 110])
def test_it_stays_within_its_width(width: int) -> None:
    drawn = [width_of(line) for line in draw_comparison(FASTER, width)]
    assert max(drawn) <= width
    assert "+8.0 %" in "\n".join(text_of(draw_comparison(FASTER, width)))


class Asked:
    """Comparisons and benches that were asked for."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []
        self.benches: list[tuple[str, str]] = []

    async def compare(self, a: str, b: str) -> Comparison:
        self.pairs.append((a, b))
        return Comparison(a="new", b="old", rows=(row("output_tps", "tok/s", -0.11, -0.05, "higher"),))

    async def bench(self, a: str, b: str) -> None:
        self.benches.append((a, b))


async def test_x_exchanges_the_sides_and_b_benches_both() -> None:
    asked, app = Asked(), RocmtuiApp(ScriptedSession())
    pair = ComparePair("/old", "/new", "the older run", "the newer one")
    async with app.run_test(size=(120, 40)) as pilot:
        app.push_screen(CompareScreen(FASTER, pair, CompareActions(asked.compare, asked.bench)))
        await pilot.pause()
        assert "A is the older run, B the newer one" in screen_text(app)
        await pilot.press("x")
        await app.workers.wait_for_complete()
        await pilot.pause()
        shown = screen_text(app)
        await pilot.press("b")
        await app.workers.wait_for_complete()
    assert "A is the newer one, B the older run" in shown
    assert "B is slower" in shown
    assert asked.pairs == [("/new", "/old")]
    assert asked.benches == [("/new", "/old")]


async def test_without_a_way_to_do_it_neither_key_is_offered() -> None:
    app = RocmtuiApp(ScriptedSession())
    async with app.run_test(size=(120, 40)) as pilot:
        app.push_screen(CompareScreen(FASTER, ComparePair("/a", "/b", "one", "other"), None))
        await pilot.pause()
        assert "exchange" not in screen_text(app)
        await pilot.press("x", "b")
        assert isinstance(app.screen, CompareScreen)


def named(key: str, title: str) -> Row:
    return msgspec.structs.replace(row(key, "tok/s", 0.05, 0.11, "higher"), title=title)


def test_where_it_is_narrow_names_are_shorter_and_long_ones_stand_on_a_line_of_their_own() -> None:
    variant = "tg32 ×4 total on 4 slots, flash attention off"
    rows = (named("ttft_p95", "time to first token, p95"), named("m np 4: tg32", variant))
    comparison = Comparison(a="a", b="b", rows=rows)
    narrow = text_of(draw_comparison(comparison, 54))
    assert any(line.startswith("TTFT p95  ") and "+8.0 %" in line for line in narrow)
    assert narrow[narrow.index(variant) + 1].split()[:2] == ["100", "108"]
    wide = text_of(draw_comparison(comparison, 120))
    assert any(line.startswith(f"{variant}  ") and "├" in line for line in wide)


def test_a_sides_warning_begins_with_its_letter() -> None:
    warned = Comparison(a="20261127-np2", b="b", rows=(), warnings=("20261127-np2: it was busy", "both"))
    assert text_of(draw_comparison(warned, 80))[-2:] == ["⚠ A: it was busy", "⚠ both"]


async def test_of_two_benches_nothing_is_benched_anew() -> None:
    async def compare(a: str, b: str) -> Comparison:
        return FASTER

    pair = ComparePair("/a", "/b", "the older bench", "the newer one", "bench")
    screen = CompareScreen(FASTER, pair, CompareActions(compare, bench=compare))
    assert not screen.check_action("bench", ())
    assert screen.check_action("exchange", ())
    assert pair.exchanged == ("/b", "/a", "the newer one", "the older bench", "bench")


def test_better_and_worse_are_told_without_colour_and_without_bars() -> None:
    lines = {line.split()[0]: line for line in text_of(draw_comparison(FASTER, 54)) if line.strip()}
    assert "▲ better  ▼ worse" in lines["metrics"]
    assert "▲ +8.0 %" in lines["output_tps"]
    assert "▼ +11.5 %" in lines["ttft_p50"]
    assert "▲ −40.0 %" in lines["itl_p50"]


def test_a_difference_that_is_no_share_of_anything_stands_in_its_unit() -> None:
    change = Change(estimate=91.9, interval=(80.0, 100.0), pairs=9, of="requests", absolute=True)
    verdict = judge(change, unit="ms", better="lower")
    queue = msgspec.structs.replace(row("queue_p50", "ms", 0.1, 0.2, "lower"), verdict=verdict)
    errors = msgspec.structs.replace(queue, title="errors", verdict=Verdict(kind="worse", text="more errors"))
    drawn = text_of(draw_comparison(Comparison(a="a", b="b", rows=(queue, errors)), 54))
    assert [line.split()[-3:] for line in drawn if "▼ +" in line] == [["▼", "+91.9", "ms"]]
    assert [line.split()[0] for line in drawn if line.endswith("▼ worse  ")] == ["errors"]


@pytest.mark.parametrize("width", [36, 60, 130])
def test_of_a_distribution_no_bin_is_lost_where_several_share_a_cell(width: int) -> None:
    for bin_ in range(60):
        counts = tuple(9 if at == bin_ else 0 for at in range(60))
        spread = Spread(title="TTFT", unit="ms", low=10, high=100, a=counts, b=counts)
        drawn = text_of(draw_spreads((spread,), width))
        assert all("█" in line for line in drawn[1:5])


@pytest.mark.parametrize(("low", "high", "drawn"), [(-0.5, -0.3, "◂"), (0.3, 0.5, "▸"), (-0.5, 0.5, "◂▸")])
def test_what_lies_beyond_the_scale_is_an_arrow_that_points_there(
    low: float, high: float, drawn: str
) -> None:
    change = Change(estimate=(low + high) / 2, interval=(low, high), pairs=9, of="stretches")
    bar = interval_bar(change, "higher", 21)
    assert "".join(cell for cell in bar if cell not in " ─╎■") == drawn
    assert bar.strip(" ╎")[0 if low < 0 else -1] in drawn
