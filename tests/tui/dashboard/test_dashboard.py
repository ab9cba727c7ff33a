"""The dashboard in every situation and at every size."""

import pytest
from msgspec.structs import replace

from rocmtui.core.gpu.reading import GpuSample
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dashboard.gpu.card import draw_card
from rocmtui.tui.dashboard.gpu.panel import draw_everything, draw_machine
from rocmtui.tui.dashboard.gpu.table import draw_table
from rocmtui.tui.dashboard.slots import SlotsPanel, draw_slots
from rocmtui.tui.dashboard.tiles import Tiles
from rocmtui.tui.draw.lines import width_of
from rocmtui.tui.draw.panel import Drawn, Panel
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import VIEWS, crowded, gpu, live, running
from tests.tui.screen_text import text_of

SIZES = ((60, 16), (80, 24), (120, 40), (200, 60))


def screen_text(app: RocmtuiApp) -> str:
    """All that is on the screen."""
    _width, height = app.size
    rows = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in rows[:height])


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", VIEWS)
async def test_every_line_of_every_panel_fills_its_width(name: str, size: tuple[int, int]) -> None:
    app = RocmtuiApp(ScriptedSession(VIEWS[name]()))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for panel in app.screen.query(Drawn):
            if panel.display and panel.size.area:
                lines = panel.draw(panel.session_view, *panel.size)
                assert {width_of(line) for line in lines} == {panel.size.width}, panel
                assert len(lines) <= panel.size.height or panel.id == "load"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_panels_do_not_overlap(size: tuple[int, int]) -> None:
    app = RocmtuiApp(ScriptedSession(running()))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        regions = [panel.region for panel in app.screen.query(Panel) if panel.display]
        for index, region in enumerate(regions):
            assert not any(region.overlaps(other) for other in regions[index + 1 :])


async def test_figures_are_on_the_screen() -> None:
    app = RocmtuiApp(ScriptedSession(running()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        shown = screen_text(app)
        for words in (
            "gemma-3-27b-it",
            "ready",
            "171",
            "p50 424 ms",
            "21.3/24.0",
            "ttft_p95<2s ✓",
            "312/400",
        ):
            assert words in shown


async def test_too_small_a_terminal_gets_one_sentence() -> None:
    app = RocmtuiApp(ScriptedSession(running()))
    async with app.run_test(size=(59, 20)) as pilot:
        await pilot.pause()
        assert "rocmtui needs 60x16; this terminal is 59x20" in screen_text(app)
        assert "TTFT" not in screen_text(app)
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert "TTFT" in screen_text(app)


async def test_only_changed_widgets_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    session = ScriptedSession(running())
    app = RocmtuiApp(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        drawn: list[str | None] = []
        for panel in app.screen.query(Drawn):
            monkeypatch.setattr(panel, "redraw", lambda *_, name=panel.id, **__: drawn.append(name))
        before = running()
        session.advance(before.__class__(**{n: getattr(session.view(), n) for n in before.__struct_fields__}))
        app.poll()
        assert drawn == []


def test_text_of_joins_spans() -> None:
    from rocmtui.tui.draw.lines import Span

    assert text_of([[Span("a"), Span("b", "muted")]]) == ["ab"]


async def test_a_view_that_comes_while_the_app_is_taken_down_is_not_drawn() -> None:
    session = ScriptedSession(VIEWS["running"]())
    app = RocmtuiApp(session)
    async with app.run_test(size=(120, 40)):
        pass
    session.advance(VIEWS["crowded"]())
    app.poll()
    assert app.view is session.view()


async def test_a_small_closed_dashboard_has_a_line_of_the_host() -> None:
    app = RocmtuiApp(ScriptedSession(VIEWS["no_gpu"]()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        lines = screen_text(app).splitlines()
    assert next(line for line in lines if "⚠ host" in line).split() == (
        ["⚠", "host", "cpu", "2.0/2", "wait", "80", "%", "ram", "1.2/4.0", "GiB", "limit", "disk", "0"]
    )


def test_the_partitions_that_the_server_has_are_said_of_a_card() -> None:
    parted = gpu(partition_bytes=(24 << 30,) * 8, chosen_partitions=(3, 4))
    whole = gpu(partition_bytes=(24 << 30,) * 8)
    said = "▸ server: partitions 3, 4 of 8, 48.0 GiB"
    assert said in text_of(draw_card(parted, running(), 60))
    assert "partition" not in "".join(text_of(draw_card(whole, running(), 60)))
    table = draw_table(GpuSample(at_ns=0, gpus=(whole, parted)), running(), 60)
    assert [line.strip() for line in text_of(table)[3:]] == [said]


def test_where_there_is_little_room_the_host_is_told_without_remedies() -> None:
    view = VIEWS["no_gpu"]()
    roomy, narrow = draw_machine(view, 39, 20), draw_machine(view, 39, 7)
    assert any("Try: -t 2" in line for line in text_of(roomy))
    assert [line.strip() for line in text_of(narrow)[2:4]] == [
        "⚠ 16 threads share 2 CPUs: throttled in",
        "53 of 58 periods",
    ]
    assert text_of(narrow)[4].startswith("ram")


def test_of_slots_without_a_cell_a_glyph_tells_what_each_does() -> None:
    lines = text_of(draw_slots(crowded().slots, 76, 4))
    assert len(lines) == 4
    assert lines[-1].rstrip() == "… 55 more slots  ·" + "▶▶▼▶·" * 10 + "▶▶▼▶"


def test_cards_side_by_side_have_their_names_where_there_is_room() -> None:
    sample = GpuSample(at_ns=0, gpus=(gpu(0), gpu(1)))
    assert "RX 7900 XTX" in text_of(draw_table(sample, running(), 70))[1]
    assert "RX 7900" not in text_of(draw_table(sample, running(), 40))[1]


async def test_in_the_smallest_window_failures_and_warnings_are_whole() -> None:
    app = RocmtuiApp(ScriptedSession(crowded()))
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        shown = " ".join(screen_text(app).split())
        assert "3 failed" in shown
        assert "62 % of the prompt tokens came from the cache: TTFT is flattered" in shown
        await pilot.press("7", "enter")
        await pilot.pause()
        assert "TTFT is flattered" in str(app.screen.query_one("Static").content)


def test_the_lone_gpu_panel_has_no_less_than_the_overview() -> None:
    assert text_of(draw_everything(running(), 56, 11))[-1].startswith("host ")


def test_a_load_that_is_over_has_its_speed_in_the_line_of_tiles_too() -> None:
    over = replace(running(), live=live(phase="done", decoding=0))
    assert text_of(Tiles().draw(over, 60, 1))[0].startswith(" run 644 tok/s")
    assert text_of(Tiles().draw(running(), 60, 1))[0].startswith(" 171 tok/s")


@pytest.mark.parametrize("width", range(70, 130))
def test_the_name_of_a_tile_is_never_cut(width: int) -> None:
    names = text_of(Tiles().draw(replace(running(), gpu=None), width, 4))[0]
    assert "failed" in names
    assert "…" not in names


async def test_where_no_row_is_left_for_the_names_of_the_columns_they_stand_in_the_edge() -> None:
    app = RocmtuiApp(ScriptedSession(running()))
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        lines = text_of(app.screen.query_one(SlotsPanel).draw(running(), 60, len(running().slots) + 2))
    edge, first = lines[0], lines[1]
    assert edge.index("prompt") == first.index("68")
    assert edge.index("gen ─") == first.index("30/200")
    assert edge.index("tok/s") == first.index("42.3")
    assert "context" in edge
    assert "3/4 busy" in lines[-1]
    assert {len(line) for line in lines} == {60}
