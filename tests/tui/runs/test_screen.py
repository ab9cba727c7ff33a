from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from rocmtui.core.compare.verdicts import Comparison
from rocmtui.core.runs.entry import RunEntry
from rocmtui.core.runs.preview import Preview
from rocmtui.errors import UsageError
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dialogs.confirm import ConfirmScreen
from rocmtui.tui.dialogs.report_page import ReportPage
from rocmtui.tui.draw.lines import width_of
from rocmtui.tui.form.find_box import FindBox
from rocmtui.tui.form.pick_list import PickList
from rocmtui.tui.runs.preview import PreviewBody, PreviewPanel
from rocmtui.tui.runs.preview_lines import draw_preview
from rocmtui.tui.runs.screen import RunsActions, RunsScreen
from tests.fakes import scripted_views as views
from tests.fakes.run_shelf import RUNS, ScriptedShelf, entry
from tests.fakes.scripted_session import ScriptedSession
from tests.tui.screen_text import screen_text, text_of


class Runs:
    """A runs screen in an app, and what it led to."""

    def __init__(self, *runs: RunEntry, shelf: ScriptedShelf | None = None, refuses: bool = False) -> None:
        self.shelf = shelf or ScriptedShelf(*(runs or RUNS))
        self.led_to: list[object] = []
        self.refuses = refuses
        actions = RunsActions(
            open=lambda path: self.led_to.append(("open", path)),
            compare=self.compare,
            show_comparison=lambda comparison, *sides: self.led_to.append(sides),
            show_result=lambda path: self.led_to.append(("result", path)),
            set_baseline=self.set_baseline,
        )
        self.screen = RunsScreen(self.shelf, actions, current="/runs/run-5")
        self.app = RocmtuiApp(ScriptedSession(views.empty()), first_screen=lambda: self.screen)

    async def compare(self, older: str, newer: str) -> Comparison:
        self.led_to.append(("compare", older, newer))
        if self.refuses:
            raise UsageError("not comparable: other models")
        return Comparison(a="older", b="newer", rows=())

    async def set_baseline(self, path: str | None) -> None:
        self.led_to.append(("baseline", path))

    async def press(self, pilot: Pilot[int], *keys: str) -> None:
        for key in keys:
            await pilot.press(key)
            await self.app.workers.wait_for_complete()
            await pilot.pause()

    @asynccontextmanager
    async def shown(self, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[int]]:
        async with self.app.run_test(size=size) as pilot:
            await pilot.pause()
            await self.app.workers.wait_for_complete()
            await pilot.pause()
            yield pilot

    def details(self) -> str:
        return str(self.screen.query_one("#runs-details", Static).content)

    def marks(self) -> str:
        return "".join(row.mark for row in self.screen.query_one(PickList).rows)

    def said(self) -> list[str]:
        return [notice.message for notice in self.app._notifications]


def line(text: str) -> str:
    return " ".join(text.split())


async def test_each_run_is_a_line_and_what_is_not_known_a_dash():
    runs = Runs()
    async with runs.shown((260, 40)):
        listed = runs.screen.query_one(PickList)
        lines = [line(listed.render_line(y).text) for y in range(6)]
    assert lines[0] == "kind started model load slots tok/s TTFT p95 done failed took size"
    assert lines[2].endswith("Qwen3-8B 2.5 req/s poisson 4 186 1.30 s 316 3 79.0 s 3 MiB")
    assert lines[4].endswith("gemma-3-27b-it 6 workers 4 – – – – 77.0 s 3 MiB")


async def test_narrow_keeps_what_matters_most():
    runs = Runs()
    async with runs.shown((80, 24)):
        head = line(runs.screen.query_one(PickList).render_line(0).text)
        assert head == "kind started model tok/s TTFT p95 failed"


async def test_enter_opens_a_run_but_not_the_one_going_on_nor_a_broken_one():
    runs = Runs()
    async with runs.shown() as pilot:
        await runs.press(pilot, "enter", "down", "enter", "end", "enter")
        assert "✗ the report says 'rocmtui.report/9'" in runs.details()
    assert runs.led_to == [("open", "/runs/run-4")]


async def test_two_marked_runs_are_compared_the_older_first():
    runs = Runs()
    async with runs.shown() as pilot:
        await runs.press(pilot, "c")
        assert runs.said() == ["mark two with space first"]
        await runs.press(pilot, "down", "space", "down", "space")
        assert runs.marks() == "●◆◆ ✗"
        await runs.press(pilot, "c")
        await runs.press(pilot, "v")
    assert runs.led_to == [
        ("compare", "/runs/run-3", "/runs/run-4"),
        ("/runs/run-3", "/runs/run-4", "run"),
        ("result", "/runs/run-3"),
    ]


async def test_a_marked_run_is_compared_with_the_chosen_one_and_a_refusal_is_told():
    runs = Runs(refuses=True)
    async with runs.shown() as pilot:
        await runs.press(pilot, "down", "space", "down", "down", "c")
        assert runs.said() == ["not comparable: other models"]
    assert runs.led_to == [("compare", "/runs/run-2", "/runs/run-4")]


async def test_a_run_is_not_compared_with_a_bench():
    runs = Runs(entry(2, kind="bench"), entry(1))
    async with runs.shown() as pilot:
        await runs.press(pilot, "space", "down", "space", "c")
        assert runs.said() == ["a bench and a run have no figures in common"]
    assert runs.led_to == []


async def test_the_baseline_is_set_and_taken_away():
    runs = Runs()
    async with runs.shown() as pilot:
        await runs.press(pilot, "down", "b")
        assert runs.marks() == "●◌  ✗"
        assert "the baseline drawn as a ghost" in runs.details()
        await runs.press(pilot, "b")
    assert runs.led_to == [("baseline", "/runs/run-4"), ("baseline", None)]


async def test_deleting_asks_first():
    runs = Runs()
    async with runs.shown() as pilot:
        await runs.press(pilot, "d", "down", "d")
        assert isinstance(runs.app.screen, ConfirmScreen)
        await runs.press(pilot, "escape")
        assert len(runs.shelf.entries) == 5
        await runs.press(pilot, "d", "enter")
        assert [run.path for run in runs.shelf.entries] == [f"/runs/run-{n}" for n in (5, 3, 2, 1)]
        assert len(runs.screen.query_one(PickList).rows) == 4


async def test_a_run_that_cannot_be_deleted_is_told():
    runs = Runs(shelf=ScriptedShelf(*RUNS, stuck=True))
    async with runs.shown() as pilot:
        await runs.press(pilot, "end", "d", "enter")
        assert runs.said() == ["cannot delete /runs/run-1: Permission denied"]


async def test_the_path_is_copied():
    runs = Runs()
    async with runs.shown() as pilot:
        await runs.press(pilot, "down", "y")
        assert runs.app.clipboard == "/runs/run-4"


async def test_the_filter_looks_at_model_load_and_name():
    runs = Runs()
    async with runs.shown() as pilot:
        await runs.press(pilot, "slash", *"qwen pois")
        assert [row.key for row in runs.screen.query_one(PickList).rows] == ["/runs/run-4"]
        await runs.press(pilot, "escape")
        assert len(runs.screen.query_one(PickList).rows) == 5


async def test_the_filter_finds_a_run_by_the_day_and_time_of_its_row_and_stays_open_where_nothing_matches():
    runs = Runs()
    async with runs.shown() as pilot:
        row = runs.screen.query_one(PickList).rows[1]
        await runs.press(pilot, "slash")
        runs.screen.query_one(FindBox).value = row.texts[1]
        await pilot.pause()
        assert row.key in [found.key for found in runs.screen.query_one(PickList).rows]
        runs.screen.query_one(FindBox).value = "nowhere"
        await runs.press(pilot, "enter")
        assert runs.screen.query_one(FindBox).has_focus
        runs.screen.query_one(FindBox).value = "qwen"
        await runs.press(pilot, "enter")
        assert runs.screen.query_one(PickList).has_focus


async def test_the_chosen_one_is_seen_beside_the_list():
    runs = Runs()
    async with runs.shown() as pilot:
        await runs.press(pilot, "down")
        shown = "\n".join(text_of(runs.screen.query_one(PreviewBody)._lines))
    for words in ("preview of /runs/run-4", "⚠ the client ran late", "TTFT", "1.43 s", "client CPU", "▲"):
        assert words in shown
    assert "preview of /runs/run-5" not in shown


async def test_benches_and_sweeps_are_listed_found_by_their_kind_and_opened_as_a_page():
    runs = Runs(entry(2), entry(1, kind="bench", load="bench of 2 variants, 5 rounds"))
    async with runs.shown() as pilot:
        await runs.press(pilot, "slash", *"bench", "enter", "enter")
        assert isinstance(runs.app.screen, ReportPage)
        await runs.press(pilot, "escape", "v")
        assert isinstance(runs.app.screen, ReportPage)
        await runs.press(pilot, "escape", "b")
        assert runs.said() == ["only a run can be drawn as a ghost"]
    assert runs.led_to == []


async def test_the_list_is_sorted_by_a_key_and_what_is_not_known_goes_last():
    runs = Runs()
    async with runs.shown() as pilot:
        orders = []
        for _ in range(4):
            await runs.press(pilot, "s")
            orders.append("".join(row.key[-1] for row in runs.screen.query_one(PickList).rows))
        assert "soonest" not in str(runs.screen.query_one("#runs-frame").border_subtitle)
    assert orders == ["53241", "35421", "35421", "45312"]


async def test_no_runs_is_a_sentence():
    runs = Runs(shelf=ScriptedShelf())
    async with runs.shown() as pilot:
        await runs.press(pilot, *["enter", "space", "c", "b", "d", "y"])
        assert str(runs.screen.query_one("#runs-message", Static).content).startswith("No runs yet.")
        assert screen_text(runs.app).splitlines()[-1].strip() == "esc back  r read again  ? all keys"


async def test_hostile_names_are_inert():
    runs = Runs(entry(1, model="\x1b]0;owned\x07[red]gemma\u202e\n", load="[bold]x[/]"))
    async with runs.shown((200, 40)):
        text = runs.screen.query_one(PickList).render_line(1).text
    assert "[red]gemma  " in text
    assert text.isprintable()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (300, 100)])
async def test_a_thousand_runs_scroll(size: tuple[int, int]):
    runs = Runs(*(entry(5000 - n) for n in range(1000)))
    async with runs.shown(size) as pilot:
        await runs.press(pilot, "end")
        listed = runs.screen.query_one(PickList)
        assert listed.chosen is not None
        assert listed.chosen.key == "/runs/run-4001"
        last = listed.render_line(listed.size.height - 1).text
        assert last.startswith("›")


async def test_while_one_types_the_foot_tells_the_keys_of_that_line_and_no_match_is_said():
    runs = Runs()
    async with runs.shown((80, 24)) as pilot:
        await runs.press(pilot, "slash", *"zzz")
        shown = screen_text(runs.app)
        assert "Nothing matches. Esc shows all again." in shown
        assert shown.splitlines()[-1].strip() == "enter find  esc leave"
        await runs.press(pilot, "escape")
        assert "gemma" in screen_text(runs.app)
        assert "enter open" in screen_text(runs.app).splitlines()[-1]


async def test_of_a_long_path_the_end_is_shown():
    long = entry(1, path=f"/home/ada/{'deep/' * 20}20261127T014547Z-gemma-np2")
    runs = Runs(long)
    async with runs.shown((60, 16)):
        assert "20261127T014547Z-gemma-np2" in screen_text(runs.app)


WARNED = Preview(
    path="/r",
    told=("40 tok/s; 12 of 16 requests completed in 12 s", "SLO ttft_p95<2s: missed, 7.86 s", "SLO itl: met"),
    warnings=("the client ran late, and that at length", "other programs were busy, all of the time"),
    head=("", "p50", "p95", "p99"),
    rows=(("TTFT", "410 ms", "1.43 s", "3.20 s"), ("ITL", "9 ms", "11 ms", "12 ms")),
    audit=(("client CPU, of one core", "4 %"),),
)


def test_figures_come_before_warnings_where_not_all_of_it_is_seen():
    low, high = ([line.rstrip() for line in text_of(draw_preview(WARNED, 52, rows))] for rows in (4, 20))
    assert low[0] == "40 tok/s; 12 of 16 requests completed in 12 s"
    assert low[2].split() == ["TTFT", "410", "ms", "1.43", "s", "3.20", "s"]
    assert low[4:6] == list(WARNED.told[1:])
    assert "⚠ the client ran late, and that at length" in low[6:]
    assert high[:4] == [*WARNED.told, "⚠ the client ran late, and that at length"]


class WarnedShelf(ScriptedShelf):
    """Of each run there is much to be said."""

    async def preview(self, path: str) -> Preview:
        return msgspec.structs.replace(WARNED, path=path)


@pytest.mark.parametrize("size", [(60, 16), (80, 23), (79, 40), (80, 24)])
async def test_percentiles_are_seen_at_every_size_and_the_warnings_by_scrolling(size: tuple[int, int]):
    runs = Runs(shelf=WarnedShelf(*RUNS))
    async with runs.shown(size) as pilot:
        shown = line(screen_text(runs.app))
        assert "TTFT 410 ms 1.43 s 3.20 s" in shown
        assert "ITL 9 ms 11 ms 12 ms" in shown
        panel = runs.screen.query_one(PreviewPanel)
        if panel.max_scroll_y:
            assert "all of the time" not in shown
            await runs.press(pilot, "tab")
            assert "↑ ↓ scroll" in screen_text(runs.app).splitlines()[-1]
            await runs.press(pilot, *["down"] * panel.max_scroll_y)
            assert "all of the time" in screen_text(runs.app)
            assert "client CPU, of one core" in screen_text(runs.app)
            await runs.press(pilot, "escape")
            assert runs.screen.query_one(PickList).has_focus
        else:
            assert "all of the time" in shown
            await runs.press(pilot, "tab")
            assert runs.screen.query_one(PickList).has_focus


async def test_the_next_run_is_seen_from_its_top_and_up_leads_back_to_the_list():
    runs = Runs(shelf=WarnedShelf(*RUNS))
    async with runs.shown((60, 16)) as pilot:
        await runs.press(pilot, "tab", "down", "down", "up", "up", "up")
        assert runs.screen.query_one(PickList).has_focus
        await runs.press(pilot, "tab", "end", "escape", "down")
        assert "TTFT 410 ms" in line(screen_text(runs.app))


async def test_a_column_stays_free_beside_the_scroll_bars_of_list_and_preview():
    runs = Runs(*(entry(n, output_tps=100.0 + n) for n in range(30, 0, -1)), shelf=None)
    async with runs.shown((60, 16)):
        listed = runs.screen.query_one(PickList)
        assert listed.show_vertical_scrollbar
        rows = [listed.render_line(y).text for y in range(listed.size.height)]
    assert {row[-1] for row in rows} == {" "}
    assert rows[0].rstrip().endswith("tok/s")
    assert rows[1].rstrip().endswith("130")


@pytest.mark.parametrize("width", [34, 43, 52, 80])
def test_a_name_that_is_too_long_stands_above_its_figures_and_keeps_its_unit(width: int):
    preview = Preview(
        path="/r",
        head=("", "fast", "slow", "broken", "fourth"),
        rows=(("4 slots tg32 ×4 total tok/s", "848", "676", "1,234", "12.3"),),
        audit=(("read after arrival, no part of any latency: p50 / p99 / max", "0.063 / 1.51 / 5.57 ms"),),
    )
    shown = line(" ".join(text_of(draw_preview(preview, width, 40))))
    assert "4 slots tg32 ×4 total tok/s 848 676" in shown
    assert "no part of any latency: p50 / p99 / max 0.063 / 1.51 / 5.57 ms" in shown
    assert ("12.3" in shown) is ("more column" not in shown)
    assert all(width_of(drawn) <= width for drawn in draw_preview(preview, width, 40))
