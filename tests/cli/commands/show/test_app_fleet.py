"""The app takes several servers: the first is attached to, its loads go to all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rocmtui.cli.main import main
from rocmtui.cli.run import app


def test_further_addresses_share_the_loads_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    watched: list[object] = []

    class Session:
        """Takes what is watched."""

        def watch_fleet(self, urls: tuple[str, ...], api_key_env: str | None = None) -> None:
            watched.append((urls, api_key_env))

    def open_app(first: Callable[[Session], object], *, fleet: tuple[str, ...], **_: object) -> int:
        opened.append(fleet)
        first(Session())
        return 0

    monkeypatch.setattr(app, "run_app", open_app)
    assert main(["--url", "http://a:1", "--url", "http://b:2", "--also", "http://c:3"]) == 0
    assert main(["-m", "demo", "--also", "http://b:2", "--api-key-env", "KEY"]) == 0
    assert main(["--url", "http://a:1"]) == 0
    assert opened == [("http://b:2", "http://c:3"), ("http://b:2",), ()]
    assert watched == [(opened[0], None), (opened[1], "KEY"), ((), None)]


def test_a_server_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--url", "http://a:1", "--url", "http://a:1"]) == 2
    assert "a server is named twice" in capsys.readouterr().err
