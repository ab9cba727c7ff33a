"""Resized while running: every size draws, nothing overlaps, nothing breaks."""

import random

from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dashboard.screen import Dashboard
from rocmtui.tui.draw.lines import width_of
from rocmtui.tui.draw.panel import Drawn, Panel
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import VIEWS
from tests.tui.screen_text import screen_text


async def test_a_resize_storm() -> None:
    chance = random.Random(6)
    made = [make() for make in VIEWS.values()]
    session = ScriptedSession(*made)
    app = RocmtuiApp(session)
    sizes = [(80, 24), (300, 100), (1, 1), (79, 24), (80, 23), (99, 30), (100, 30), (160, 24)]
    sizes += [(chance.randint(20, 300), chance.randint(5, 100)) for _ in range(12)]
    async with app.run_test(size=(120, 40)) as pilot:
        for number, (width, height) in enumerate(sizes):
            session.advance(made[number % len(made)])
            await pilot.resize_terminal(width, height)
            if number % 4 == 0:
                await pilot.press(chance.choice("12345678w"))
            app.poll()
            await pilot.pause()  # the screen lays out ...
            await pilot.pause()  # ... and what it resized has drawn
            panels = [panel for panel in app.screen.query(Panel) if panel.display]
            for index, panel in enumerate(panels):
                assert not any(panel.region.overlaps(other.region) for other in panels[index + 1 :])
            if not app.screen.has_class("-tiny"):
                for widget in app.screen.query(Drawn):
                    fills = all(width_of(line) == widget.size.width for line in widget._lines)
                    assert fills or not widget.display, (widget, width, height)


async def test_the_slo_and_the_keys_are_visible_at_every_size() -> None:
    app = RocmtuiApp(ScriptedSession(VIEWS["crowded"]()))
    async with app.run_test(size=(80, 24)) as pilot:
        for width, height in ((80, 24), (100, 30), (120, 40), (300, 100)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            load, keys = app.screen.query_one("#load"), app.screen.query_one("#keys")
            assert (load.region.bottom, keys.region.bottom) == (height - 1, height)
            text = "".join(span.text for line in load._lines for span in line)
            assert "ttft_p95<500ms ✗" in text


async def test_a_warning_that_comes_takes_its_line_from_no_frame() -> None:
    session = ScriptedSession(VIEWS["running"](), VIEWS["crowded"]())
    app = RocmtuiApp(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        session.advance()
        app.poll()
        await pilot.pause()
        await pilot.pause()
        assert screen_text(app).splitlines()[-4].startswith("╰─")


async def test_what_a_resize_asked_for_comes_too_late_for_a_screen_that_was_left() -> None:
    app = RocmtuiApp(ScriptedSession(VIEWS["running"]()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        left = app.screen
        assert isinstance(left, Dashboard)
        await app.switch_screen(Dashboard())
        await pilot.pause()
        assert not left.query(Panel)
        left.action_tab("requests")
