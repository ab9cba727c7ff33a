"""The bench screen in every situation and at every size, and planning a bench in the app."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.answers.distance import Distance
from rocmtui.core.answers.verification import Verification
from rocmtui.core.bench.plan.cells import Setup, setups
from rocmtui.core.bench.plan.suite import BenchTest
from rocmtui.core.bench.plan.variant import Variant
from rocmtui.core.bench.result import BenchResults, StartResult
from rocmtui.core.bench.summary import summary_rows
from rocmtui.core.bench.view import BenchView
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.bench.matrix import BenchMatrix
from rocmtui.tui.bench.matrix_lines import matrix_head, matrix_lines, variants_shown
from rocmtui.tui.bench.rounds_panel import RoundsPanel, draw_rounds
from rocmtui.tui.bench.screen import BenchScreen
from rocmtui.tui.bench.verdicts import BenchVerdicts, verdict_lines
from rocmtui.tui.dialogs.text_page import TextScreen
from rocmtui.tui.draw.lines import Line, width_of
from rocmtui.tui.draw.panel import Drawn, Panel
from tests.fakes.made_bench_view import MadeBench, bench_view
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import running
from tests.tui.screen_text import screen_text, text_of

SIZES = ((60, 16), (80, 24), (120, 40), (200, 60))
VIEWS = {
    "empty": lambda: bench_view(0, phase="starting"),
    "half": lambda: bench_view(30),
    "done": lambda: bench_view(160, phase="done"),
    "failed": lambda: bench_view(30, failed=True),
    "interrupted": lambda: bench_view(50, phase="interrupted"),
}


def app_on(view: BenchView) -> tuple[RocmtuiApp, MadeBench]:
    bench = MadeBench(view)
    return RocmtuiApp(ScriptedSession(running()), first_screen=lambda: BenchScreen(bench)), bench


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", VIEWS)
async def test_every_line_fills_its_width_and_nothing_overlaps(name: str, size: tuple[int, int]) -> None:
    app, _ = app_on(VIEWS[name]())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for panel in app.screen.query(Drawn):
            if panel.display and panel.size.area:
                lines = panel.draw(panel.session_view, *panel.size)
                assert {width_of(line) for line in lines} == {panel.size.width}, panel
        regions = [panel.region for panel in app.screen.query(Panel) if panel.display]
        for index, region in enumerate(regions):
            assert not any(region.overlaps(other) for other in regions[index + 1 :])


async def test_medians_marks_and_verdicts_are_on_the_screen() -> None:
    app, _ = app_on(bench_view(110))
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        shown = screen_text(app)
    for words in (
        "flash attention on two models",
        "110/160",
        "about 12 min 34 s left",
        "measuring pp512: 1 slot, fa on, round 2, SmolLM2-135M-Instruct.Q4_1",
        "tg128          62 ●●●●● tok/s",
        "1 slot    tg128        62.3 ●●○○○ tok/s",
        "baseline: fa on",
        "−20.0 %",
        "●●●●●",
        "▼ 1 slot tg128: 20.0 % slower (20.0 to 20.0)",
        "fa off against fa on",
    ):
        assert words in shown


async def test_the_step_that_is_cut_and_the_note_beside_it_stay_apart() -> None:
    view = msgspec.structs.replace(bench_view(110), note="pp512 is repeated: the host slowed it: " + "x" * 60)
    app, _ = app_on(view)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "…  pp512 is repeated: " in screen_text(app)


def test_each_round_has_its_mark() -> None:
    rows = text_of([line.line for line in matrix_lines(bench_view(30), 90)])
    assert rows[0].strip() == "gemma-3-270m-q4_k_m"
    assert [row[11:].split()[0] for row in rows[1:5]] == ["tg128", "ttft32", "pp512", "tg32"]
    assert "!◐○○○" in rows[3]
    assert "✗○○○○" in rows[4]


@pytest.mark.parametrize("width", [58, 78, 118, 198])
def test_no_name_of_a_test_at_a_depth_is_cut(width: int) -> None:
    view = bench_view(0)
    tests = tuple(
        BenchTest(kind=kind, max_tokens=tokens, depth=4096)
        for kind, tokens in (("decode", 128), ("prefill", 1), ("concurrent", 32))
    )
    view = msgspec.structs.replace(view, plan=msgspec.structs.replace(view.plan, tests=tests))
    names = [row[11:].replace(" @ ", "@").split()[0] for row in text_of(lines_of(view, width))[1:4]]
    assert names == ["tg128@d4096", "pp32@d4096", "tg32@d4096"]


def lines_of(view: BenchView, width: int) -> list[Line]:
    return [row.line for row in matrix_lines(view, width)]


def test_what_each_variant_answers_stands_below_its_tests() -> None:
    view = bench_view(30)
    ours, theirs = setups(view.plan, view.plan.models[0])[:2]
    same = Verification(max_kl=0.01, alone=Distance(closeness="same", mean_kl=0.0005))
    nonsense = Verification(max_kl=0.01, alone=Distance(closeness="broken", mean_kl=3.2, max_kl=9.0))

    def rows(seen: Verification, variant: Setup = theirs) -> list[str]:
        start = StartResult(setup=variant.key, model=variant.model, parallel=1, round=0, answers=seen)
        shown = msgspec.structs.replace(view, starts=(start,))
        return [row for row in text_of([line.line for line in matrix_lines(shown, 110)]) if "answers" in row]

    close = Verification(max_kl=0.01, alone=Distance(closeness="close", mean_kl=0.0123))
    assert [row.split("answers")[1].split() for row in rows(same)] == [["reference", "✓", "same"]]
    assert [row.split("answers")[1].split() for row in rows(close)] == [
        ["reference", "≈", "close,", "KL", "0.012"]
    ]
    assert "✗ broken, KL 3.20" in rows(nonsense)[0]
    assert rows(same, ours)[0].split("answers")[1].split() == ["✓", "same", "–"]


def test_the_rounds_of_a_row_lie_on_one_scale() -> None:
    row = bench_view(110).rows[0]
    scale, first, second = text_of(draw_rounds(row, 90))
    assert (scale.split()[0], scale.split()[-1]) == ("49.1", "62.6")
    assert first.index("●") > second.rindex("●")
    assert first.count("●") + first.count("◉") >= 3
    assert "No round" in text_of(draw_rounds(None, 90))[0]


def test_marks_give_way_to_counts_then_to_nothing_and_no_change_is_cut() -> None:
    def second(width: int) -> str:
        return text_of([line.line for line in matrix_lines(bench_view(160), width)])[1]

    assert "●●●●●" in second(72)
    assert "5/5" in second(58)
    assert all("tok/s" in second(width) and "−20.0 %" in second(width) for width in (56, 58, 72, 110))


async def test_the_row_under_way_stays_in_sight_until_one_scrolls() -> None:
    app, _ = app_on(bench_view(30))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        matrix = app.screen.query_one(BenchMatrix)
        assert any("◐○" in line for line in text_of(matrix._lines))
        matrix.focus()
        await pilot.pause()
        await pilot.press("pagedown", "pagedown")
        assert not any("◐○" in line for line in text_of(matrix._lines))
        await pilot.press("end")
        assert any("◐○" in line for line in text_of(matrix._lines))


async def test_the_arrows_choose_the_row_whose_rounds_are_shown() -> None:
    app, _ = app_on(bench_view(110))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        rounds = app.screen.query_one(RoundsPanel)
        assert "round by round: 1 slot pp512" in text_of(rounds._lines)[0]
        app.screen.query_one(BenchMatrix).focus()
        await pilot.press("down")
        await pilot.pause()
        assert "round by round: 1 slot tg32" in text_of(rounds._lines)[0]
        await pilot.press("end")
        await pilot.pause()
        assert "round by round: 1 slot pp512" in text_of(rounds._lines)[0]


async def test_a_start_that_failed_is_told_inert() -> None:
    app, _ = app_on(bench_view(30, failed=True))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        lines = text_of(app.screen.query_one(BenchVerdicts)._lines)
    assert any("✗ fa off, 1 slot: out of memory [bold]: 14.2 GiB asked for" in line for line in lines)


async def test_the_screen_follows_the_bench() -> None:
    app, bench = app_on(bench_view(30))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        before = screen_text(app)
        bench.view = bench_view(40)
        app.screen.query_one(BenchMatrix)
        assert isinstance(app.screen, BenchScreen)
        app.screen.show_view(app.view)
        await pilot.pause()
        after = screen_text(app)
        assert "40/160" in after
        assert after.count("●") > before.count("●")


async def test_keys_show_the_report_one_panel_and_interrupt() -> None:
    app, bench = app_on(bench_view(30))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("v")
        assert isinstance(app.screen, TextScreen)
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("2")
        shown = [panel.id for panel in app.screen.query(Panel) if panel.display]
        assert shown == ["bench-verdicts"]
        await pilot.press("escape", "x")
        await pilot.pause()
        assert bench.calls == ["stop"]


def test_rows_undecided_for_one_reason_are_one_line_and_names_of_models_head_their_rows() -> None:
    lines = [line.strip() for line in text_of(verdict_lines(bench_view(50), 90))]
    assert lines[0] == "gemma-3-270m-q4_k_m"
    assert "▼ 1 slot tg128: 20.0 % slower (20.0 to 20.0)" in lines
    early = [line.strip() for line in text_of(verdict_lines(bench_view(30), 90))]
    assert early[1] == "? 7 rows: undecided: 2 rounds are too few to tell a difference from noise"


def test_nothing_of_a_verdict_is_cut_where_it_is_narrow() -> None:
    lines = text_of(verdict_lines(bench_view(160, phase="done", failed=True), 40))
    assert max(map(len, lines)) <= 40
    assert "▼ 4 slots tg32 ×4 total: 20.0 % slower" in lines
    assert "  (20.0 to 20.0)" in lines


async def test_verdicts_scroll_and_the_head_names_the_model_that_scrolled_away() -> None:
    app, _ = app_on(bench_view(160, phase="done"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.screen.query_one(BenchVerdicts).focus()
        first = screen_text(app)
        await pilot.press("pagedown")
        await pilot.pause()
        assert "18 more below" in first
        assert "8 more below" in screen_text(app)
        app.screen.query_one(BenchMatrix).focus()
        await pilot.press(*["down"] * 10)
        await pilot.pause()
        assert "gemma-3-270m-q4_k_m  baseline: fa on" in screen_text(app)


async def test_no_key_is_offered_that_would_do_nothing() -> None:
    app, bench = app_on(bench_view(150))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "x interrupt" in screen_text(app)
        bench.view, bench.running = bench_view(160, phase="done"), False
        app.screen._poll()
        await pilot.pause()
        assert "x interrupt" not in screen_text(app)
        await pilot.press("x")
        assert bench.calls == []


def of_four_variants() -> BenchView:
    """A third and a fourth variant that nothing is known of yet."""
    view = bench_view(160)
    more = (Variant(label="vulkan", flags=()), Variant(label="cpu", flags=()))
    plan = msgspec.structs.replace(view.plan, variants=(*view.plan.variants, *more))
    rows = summary_rows(plan, BenchResults(cells=list(view.cells), starts=list(view.starts)))
    return msgspec.structs.replace(view, plan=plan, rows=rows)


@pytest.mark.parametrize("width", [56, 76, 116])
def test_variants_without_room_are_left_out_whole_and_nothing_is_cut(width: int) -> None:
    view = of_four_variants()
    for first in range(3):
        lines = [
            *matrix_head(view, width, first=first),
            *(line.line for line in matrix_lines(view, width, first)),
        ]
        assert not any("…" in line for line in text_of(lines))
    assert variants_shown(view, 56) == (0, 1)
    assert [variants_shown(view, 56, first) for first in (1, 2, 9)] == [(0, 2), (0, 3), (0, 3)]
    assert variants_shown(view, 116) == (0, 1, 2, 3)


async def test_the_arrows_turn_to_the_variants_that_have_no_room() -> None:
    app, _ = app_on(of_four_variants())
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        matrix = app.screen.query_one(BenchMatrix)
        seen = []
        matrix.focus()
        for _ in range(4):
            await pilot.pause()
            lines = text_of(matrix._lines)
            seen.append(lines[1].split("baseline: fa on")[1].split(" │")[0].strip())
            assert "2 more variants: ← →" in lines[-1]
            await pilot.press("right")
        assert "← → variants" in screen_text(app).splitlines()[-1]
        await pilot.resize_terminal(140, 40)
        await pilot.pause()
        assert "more variants" not in screen_text(app)
    assert seen == ["fa off", "vulkan", "cpu", "fa off"]


def test_how_far_answers_are_is_not_cut_in_narrow_columns() -> None:
    view = bench_view(30)
    theirs = setups(view.plan, view.plan.models[0])[1]
    close = Verification(max_kl=0.01, alone=Distance(closeness="close", mean_kl=0.0123))
    start = StartResult(setup=theirs.key, model=theirs.model, parallel=1, round=0, answers=close)
    shown = msgspec.structs.replace(view, starts=(start,))
    (row,) = (line for line in text_of([line.line for line in matrix_lines(shown, 56)]) if "answers" in line)
    assert row.split("answers")[1].split() == ["reference", "≈", "close", "0.012"]
