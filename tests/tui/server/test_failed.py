from __future__ import annotations

import pytest

from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.server.failed import ServerFailedScreen
from tests.fakes import scripted_views as views
from tests.fakes.scripted_session import ScriptedSession


@pytest.mark.parametrize(
    ("key", "answer"), [("r", "restart"), ("enter", "restart"), ("e", "edit"), ("escape", "stay")]
)
async def test_each_key_ends_in_its_answer(key: str, answer: str):
    answers: list[object] = []
    app = RocmtuiApp(ScriptedSession(views.failed()))
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(ServerFailedScreen(views.failed().server, "/runs/a"), answers.append)
        await pilot.pause()
        shown = "\n".join(str(widget.render()) for widget in app.screen.query("Static"))
        for words in ("could not allocate 18.2 GiB", "Use fewer slots", "alloc_tensor_range", "/runs/a"):
            assert words in shown
        await pilot.press("y", key)
    assert answers == [answer]
    assert "unable to allocate ROCm0 buffer" in app.clipboard
