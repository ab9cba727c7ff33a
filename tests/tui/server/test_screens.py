from __future__ import annotations

import msgspec
import pytest
from textual.screen import Screen
from textual.widgets import Static

from rocmtui.core.server.state import ServerState, ServerStatus
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dialogs.quit import QuitScreen, must_ask
from rocmtui.tui.server.attach import AttachChoice, AttachScreen, FoundServer
from rocmtui.tui.server.control import ServerScreen, server_facts
from tests.fakes import scripted_views as views
from tests.fakes.scripted_session import ScriptedSession

replace = msgspec.structs.replace
READY = views.ready_status()
ATTACHED = replace(READY, attached=True)


async def pressed(screen: Screen, *keys: str, clicks: str | None = None) -> list[object]:
    """What a dialog ended in after these keys."""
    ends: list[object] = []
    app = RocmtuiApp(ScriptedSession(views.running()))
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(screen, ends.append)
        await pilot.pause()
        await app.workers.wait_for_complete()
        for key in keys:
            await pilot.press(key)
        if clicks is not None:
            await pilot.click(clicks)
        await pilot.pause()
    return ends


@pytest.mark.parametrize(
    ("key", "end"), [("r", "restart"), ("a", "attach"), ("x", "stop"), ("escape", None), ("s", None)]
)
async def test_server_control_ends_in_what_is_to_be_done(key: str, end: str | None):
    assert await pressed(ServerScreen(READY), key) == [end]


@pytest.mark.parametrize("status", [ATTACHED, ServerStatus(), replace(READY, state=ServerState.FAILED)])
async def test_a_server_that_is_not_ours_or_not_alive_is_not_stopped(status: ServerStatus):
    assert await pressed(ServerScreen(status), "x") == []


def test_what_is_known_of_the_server():
    assert list(server_facts(READY)) == [
        "ready, pid 4711, http://127.0.0.1:8080",
        "gemma-3-27b-it Q4_K_M ROCm b9120",
        "4 slots × 8,192 tokens of context",
        "binary from PATH",
        "llama-server -m /models/gemma-3-27b-it-Q4_K_M.gguf -np 4 -c 32768 --port 8080 --metrics --slots",
    ]
    assert list(server_facts(ServerStatus())) == ["stopped"]
    assert "1 slot × 8,192 tokens of context" in list(server_facts(views.ready_status(parallel=1)))


async def test_attach_ends_in_an_address_and_the_name_of_a_key():
    keys = (*"8080", "down", *"LLAMA_KEY", "enter")
    assert await pressed(AttachScreen(), *keys) == [AttachChoice("http://127.0.0.1:8080", "LLAMA_KEY")]


async def test_attach_names_one_model_of_several():
    keys = (*"8080", "down", "down", *"qwen3-8b", "enter")
    assert await pressed(AttachScreen(), *keys) == [AttachChoice("http://127.0.0.1:8080", None, "qwen3-8b")]


async def test_attach_offers_the_servers_that_run_here():
    async def find() -> tuple[FoundServer, ...]:
        return (FoundServer("http://127.0.0.1:8080", "gemma"), FoundServer("http://127.0.0.1:9", "qwen"))

    assert await pressed(AttachScreen(find=find), "enter") == [AttachChoice("http://127.0.0.1:8080")]
    assert await pressed(AttachScreen(find=find), "tab", "tab", "tab", "down", "enter") == [
        AttachChoice("http://127.0.0.1:9")
    ]


async def test_attach_refuses_what_is_no_address_or_a_key():
    screen = AttachScreen()
    assert await pressed(screen, *"ftp://x", "enter") == []
    assert await pressed(AttachScreen("8080"), "down", *"sk-secret", "enter") == []
    assert await pressed(AttachScreen(), "enter", "escape") == [None]


@pytest.mark.parametrize(("key", "end"), [("q", "stop"), ("enter", "stop"), ("l", "leave"), ("escape", None)])
async def test_quit_ends_in_a_choice(key: str, end: str | None):
    assert await pressed(QuitScreen(views.running()), key) == [end]


async def test_quit_by_mouse():
    assert await pressed(QuitScreen(views.running()), clicks="KeyRow") == ["stop"]


def test_quitting_asks_only_where_a_server_of_ours_answers():
    view = views.running()
    assert must_ask(view)
    assert not must_ask(replace(view, server=ATTACHED))
    assert not must_ask(views.starting())
    assert not must_ask(views.empty())
    assert not must_ask(views.failed())
    assert not must_ask(views.replay())


async def test_quit_says_where_the_run_is():
    screen = QuitScreen(views.running())
    app = RocmtuiApp(ScriptedSession(views.running()))
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(screen)
        await pilot.pause()
        words = " ".join(str(text.content) for text in screen.query(Static))
    assert "pid 4711" in words
    assert "The run is kept in" in words
