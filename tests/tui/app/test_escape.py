"""Esc is heard soon, and what begins with it is still one key."""

from __future__ import annotations

import pytest
from textual import constants, events
from textual._xterm_parser import XTermParser

from rocmtui.tui.app.base import ESCAPE_S, RocmtuiApp
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import running


@pytest.mark.parametrize(("said", "waited_s"), [(None, ESCAPE_S), ("300", 0.3)])
def test_an_esc_waits_no_longer_than_it_must_unless_the_user_says_so(
    said: str | None, waited_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ESCDELAY", raising=False)
    monkeypatch.setattr(constants, "ESCAPE_DELAY", 0.3)
    if said is not None:
        monkeypatch.setenv("ESCDELAY", said)
    RocmtuiApp(ScriptedSession(running()))
    found_s = constants.ESCAPE_DELAY
    assert found_s == waited_s


def test_an_arrow_is_one_key() -> None:
    RocmtuiApp(ScriptedSession(running()))
    keys = [event.key for event in XTermParser().feed("\x1b[D") if isinstance(event, events.Key)]
    assert keys == ["left"]
