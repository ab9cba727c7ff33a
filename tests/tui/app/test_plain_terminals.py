"""Terminals without Unicode and without colour."""

import re

import pytest
from textual.widgets import Input, OptionList

from rocmtui.recorder.frames import capture
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dashboard.chart.histogram import GHOST
from rocmtui.tui.dashboard.gpu.card import OWNERS
from rocmtui.tui.dashboard.slot_columns import LANE
from rocmtui.tui.dashboard.slots import HATCH, PHASES, STALLED
from rocmtui.tui.dialogs.confirm import ConfirmScreen
from rocmtui.tui.dialogs.dialog import DialogBox
from rocmtui.tui.dialogs.text_page import TextScreen
from rocmtui.tui.draw.plain_glyphs import needs_ascii, to_ascii
from rocmtui.tui.launch.fit_bar import GLYPHS
from rocmtui.tui.requests.bars import PARTS
from rocmtui.tui.requests.waterfall import LOOKS
from rocmtui.tui.server.attach import AttachScreen
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import VIEWS, running
from tests.tui.screen_text import screen_text


@pytest.mark.parametrize(
    ("environment", "ascii_only"),
    [
        ({}, False),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "de_DE.utf8@euro"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, False),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, True),
        ({"LC_ALL": "POSIX"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, True),
        ({"LANG": "de_DE"}, True),
        ({"TERM": "linux", "LANG": "en_US.UTF-8"}, True),
    ],
)
def test_the_environment_says_whether_unicode_can_be_shown(
    environment: dict[str, str], ascii_only: bool
) -> None:
    assert needs_ascii(environment) is ascii_only


def test_glyphs_have_their_likeness_and_keep_their_width() -> None:
    assert to_ascii("╭─ TTFT ▂▅█ ━━╸── 12 ✓ ╮") == "+- TTFT .o# ===-- 12 v +"
    assert to_ascii("漢é👍") == "???" + "??"


@pytest.mark.parametrize(
    "glyphs",
    [
        [glyph for glyph, _, _ in (*PHASES.values(), STALLED)],
        [*(glyph for glyph, _, _ in LANE), HATCH],
        [glyph for glyph, _, _ in PARTS],
        [*(glyph for glyph, _, _ in LOOKS), GHOST],
        [glyph for glyph, _, _, _ in OWNERS],
        list(GLYPHS.values()),
    ],
    ids=["slots", "lanes", "requests", "ttft", "memory", "fit"],
)
def test_what_stands_side_by_side_is_told_apart_without_colour_and_in_ascii(glyphs: list[str]) -> None:
    assert len(set(glyphs)) == len({to_ascii(glyph) for glyph in glyphs}) == len(glyphs)


@pytest.mark.parametrize("name", VIEWS)
async def test_a_latin_locale_sees_ascii_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.ISO-8859-1")
    app = RocmtuiApp(ScriptedSession(VIEWS[name]()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for keys in ("w", "5", "0", "T"):
            await pilot.press(keys)
            await pilot.pause()
            strips = app.screen._compositor.render_strips()
            assert all(strip.text.isascii() for strip in strips)
            assert {strip.cell_length for strip in strips} == {120}


async def test_no_color_means_no_colour_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    app = RocmtuiApp(ScriptedSession(running()), theme="midnight")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        rendered = "".join(strip.render(app.console) for strip in app.screen._compositor.render_strips())
        codes = {code for found in re.findall(r"\x1b\[([0-9;]*)m", rendered) for code in found.split(";")}
        assert codes <= {"", "0", "1", "2", "4", "7", "39", "49"}


async def test_without_colours_the_chosen_theme_is_told_by_a_line_below_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = RocmtuiApp(ScriptedSession(running()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("T")
        await pilot.pause()
        picker = app.screen.query_one(OptionList)
        shown = [picker.render_line(y) for y in range(picker.size.height)]
        marked = [strip.text.strip() for strip in shown if any(s.style and s.style.underline for s in strip)]
        assert marked[0] == app.theme
        assert "theme, without colours: NO_COLOR" in screen_text(app)


@pytest.mark.parametrize("no_color", [False, True])
async def test_without_colours_nothing_of_the_screen_below_is_seen_beside_a_dialog(
    monkeypatch: pytest.MonkeyPatch, no_color: bool
) -> None:
    """Nothing can be dimmed there: its keys would look as if they did something."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    app = RocmtuiApp(ScriptedSession(running()), theme="midnight")
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        app.push_screen(ConfirmScreen("delete run", "for good?", yes="delete", no="keep"))
        await pilot.pause()
        await pilot.pause()
        shown = "\n".join("".join(run.text for run in line) for line in capture(app))
    assert "for good?" in shown
    assert ("all keys" in shown) is not no_color


async def test_a_scroll_bar_in_ascii_is_made_of_whole_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    app = RocmtuiApp(ScriptedSession(running()))
    async with app.run_test(size=(60, 16)) as pilot:
        app.push_screen(TextScreen("text", "word\n" * 37))
        await pilot.pause()
        bar = app.screen.query_one(DialogBox).vertical_scrollbar
        for _ in range(9):
            await pilot.press("down")
            await pilot.pause()
            shown = screen_text(app).splitlines()
            assert {shown[y][bar.region.x] for y in range(bar.region.y, bar.region.bottom)} == {" "}


async def test_without_colours_the_cursor_of_a_typed_line_is_a_line_below_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = RocmtuiApp(ScriptedSession(running()))
    async with app.run_test(size=(60, 16)) as pilot:
        app.push_screen(AttachScreen())
        await pilot.pause()
        typed = app.screen.query_one("#field-url Input", Input)
        typed.cursor_blink = False
        await pilot.press("a", "b", "left")
        await pilot.pause()
        under = [
            segment.text for segment in typed.render_line(0) if segment.style and segment.style.underline
        ]
    assert under == ["b"]
