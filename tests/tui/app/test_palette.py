"""The palette of commands stands as a box one can read, at every size."""

import pytest
from textual.command import CommandInput, CommandList, CommandPalette

from rocmtui.tui.app.base import RocmtuiApp
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import running
from tests.tui.screen_text import screen_text

SIZES = [(60, 16), (80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_it_is_no_wider_than_one_reads_and_the_last_command_is_in_sight(size: tuple[int, int]) -> None:
    app = RocmtuiApp(ScriptedSession(running()))
    async with app.run_test(size=size) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press("ctrl+end")
        await pilot.pause()
        assert isinstance(app.screen, CommandPalette)
        width = min(size[0], 90)
        left = (size[0] - width) // 2
        commands = app.screen.query_one(CommandList)
        typed = app.screen.query_one(CommandInput)
        assert (commands.region.x, commands.region.width) == (left, width)
        assert left < typed.region.x
        assert typed.region.right < left + width
        rows = [row[left : left + width] for row in screen_text(app).splitlines()]
        last = rows.index(f"╰{'─' * (width - 2)}╯")
        prompt = str(commands.get_option_at_index(commands.option_count - 1).prompt).split("\n")
        assert [row[3:-3].strip() for row in rows[last - 2 : last]] == prompt
