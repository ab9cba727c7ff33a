"""Who is to be told of a session is said before anything starts."""

from __future__ import annotations

import sys

import pytest

from rocmtui.cli.main import main

LOAD = ("load", "--url", "127.0.0.1:1", "--prompt", "x")


@pytest.mark.parametrize(
    "url", ["", "collector", "ftp://a", "http://", "http://a:0", "http://me:key@a", "http://a:99999"]
)
def test_an_address_that_is_none_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*LOAD, "--otlp-endpoint", url]) == 2
    err = capsys.readouterr().err
    assert "--otlp-endpoint is no address of a collector" in err
    assert "key" not in err


@pytest.mark.parametrize(
    ("option", "module", "extra"),
    [("--otlp-endpoint=http://a", "otlp", "otel"), ("--metrics-port=0", "exporter", "metrics")],
)
def test_a_package_that_is_missing_is_named(
    option: str, module: str, extra: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, f"rocmtui.adapters.openmetrics.{module}", None)
    assert main([*LOAD, option]) == 2
    assert capsys.readouterr().err.endswith(f"a package more (pip install 'rocmtui[{extra}]')\n")
