"""A page of text: as wide as it is where there is room, wrapped where there is not, never cut off."""

import pytest
from textual.widgets import Static

from rocmtui.core.compare.text import comparison_text
from rocmtui.core.compare.verdicts import Comparison, Row
from rocmtui.core.stats.verdict import Verdict
from rocmtui.core.text.tables import Column, Table, terminal_table
from rocmtui.recorder.drive import settled
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dialogs.text_page import TextScreen, wrapped
from tests.fakes.scripted_session import ScriptedSession
from tests.tui.screen_text import screen_text

NAMES = ("2026-11-18T102640Z-gemma-3-270m-it-np4", "2026-11-19T102640Z-gemma-3-270m-it-np4")
UNDECIDED = "undecided: 2 stretches are too few to tell a difference from noise"
COMPARISON = Comparison(
    a=NAMES[0],
    b=NAMES[1],
    rows=tuple(
        Row(
            key=title,
            title=title,
            unit="tok/s",
            better="higher",
            a=62.1,
            b=57.7,
            verdict=Verdict(kind="undecided", text=verdict),
        )
        for title, verdict in (
            ("output speed", "7.1 % slower (6.1 to 8.0)"),
            ("decode speed of one request, p50", UNDECIDED),
        )
    ),
    warnings=(
        f"{NAMES[0]}: the run was cut off: what was saved until then is reported; "
        "how busy the client was is unknown",
    ),
)


@pytest.mark.parametrize("width", [80, 120, 200])
async def test_no_verdict_is_cut_off(width: int) -> None:
    app = RocmtuiApp(ScriptedSession())
    text = comparison_text(COMPARISON)
    async with app.run_test(size=(width, 40)) as pilot:
        app.push_screen(TextScreen("A and B", text))
        await pilot.pause()
        page = app.screen.query_one(Static).region
        rows = screen_text(app).splitlines()[page.y : page.bottom]
        shown = " ".join(word for row in rows for word in row[page.x : page.right].split())
        for line in text.splitlines():
            assert " ".join(line.split()) in shown
        await pilot.press("y")
        assert app.clipboard == text.rstrip("\n")


async def test_a_text_that_can_be_of_any_width_is_written_for_the_room_there_is() -> None:
    table = Table(
        (Column("cell", least=16, wrap=True), Column("verdict")), ((f"{'word ' * 30}end", "faster"),)
    )
    app = RocmtuiApp(ScriptedSession())
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(TextScreen("bench", lambda width: terminal_table(table, width)))
        await settled(app, pilot)
        first = next(row for row in screen_text(app).splitlines() if "word" in row)
        assert first.replace("│", " ").split()[-1] == "faster"  # the screen below may have a frame there, too
        await pilot.resize_terminal(120, 24)
        await settled(app, pilot)
        longest = max(row.strip().count("word") for row in screen_text(app).splitlines())
        assert longest > 14
        await pilot.press("y")
        assert app.clipboard == terminal_table(table)


def test_the_last_cell_of_a_long_row_goes_below_the_others() -> None:
    assert wrapped("output speed  tok/s  62.1  57.7  7.1 % slower (6.1 to 8.0)", 40) == [
        "output speed  tok/s  62.1  57.7",
        "    7.1 % slower (6.1 to 8.0)",
    ]
    assert wrapped("warning: single runs tell little", 20) == ["warning: single runs", "    tell little"]
