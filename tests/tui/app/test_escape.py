"""Esc is heard soon, and what begins with it is still one key."""

from __future__ import annotations

import asyncio
import os
import selectors

import pytest
from textual import constants, events
from textual._context import active_app
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.app.escape import ESCAPE_S
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import running


@pytest.fixture(autouse=True)
def as_textual_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESCDELAY", raising=False)
    monkeypatch.setattr(constants, "ESCAPE_DELAY", 0.1)
    monkeypatch.setattr(linux_driver, "selectors", selectors)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """How long the input thread would wait each time, the longest."""
    seen: list[float | None] = []
    select = selectors.SelectSelector.select

    def noting(selector: selectors.SelectSelector, timeout: float | None = None) -> object:
        seen.append(timeout)
        return select(selector, timeout)

    monkeypatch.setattr(selectors.SelectSelector, "select", noting)
    return seen


class Typed(LinuxDriver):
    """Reads keys from a pipe; ends with the one that is awaited."""

    def __init__(self, app: RocmtuiApp, fileno: int, last: str) -> None:
        super().__init__(app)
        self.fileno = fileno
        self.keys: list[str] = []
        self._last = last

    def process_message(self, message: Message) -> None:
        if isinstance(message, events.Key):
            self.keys.append(message.key)
            if message.key == self._last:
                self.exit_event.set()


async def typed(sent: bytes, last: str) -> list[str]:
    """What the driver of an app makes of bytes, until such a key."""
    app = RocmtuiApp(ScriptedSession(running()))
    active_app.set(app)
    readable, writable = os.pipe()
    try:
        driver = Typed(app, readable, last)
        os.write(writable, sent)
        async with asyncio.timeout(10):
            await asyncio.to_thread(driver.run_input_thread)
    finally:
        driver.exit_event.set()
        os.close(readable)
        os.close(writable)
    return driver.keys


async def test_an_esc_waits_no_longer_than_it_must(waits: list[float | None]) -> None:
    assert await typed(b"\x1b", "escape") == ["escape"]
    assert set(waits) == {ESCAPE_S}
    delay_s = constants.ESCAPE_DELAY
    assert delay_s == ESCAPE_S


async def test_what_begins_with_esc_is_one_key() -> None:
    assert await typed(b"\x1b[D\x1b[Cq", "q") == ["left", "right", "q"]


async def test_the_user_may_say_how_long(waits: list[float | None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCDELAY", "300")
    assert await typed(b"q", "q") == ["q"]
    assert set(waits) == {0.1}
    delay_s = constants.ESCAPE_DELAY
    assert delay_s == 0.1
