"""`rocmtui load` with bad input: one clear line, the right exit code, nothing left behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from rocmtui.cli.main import main
from tests.fakes.small_http import small_http

HTML = (200, "text/html", b"<html><body>It works!</body></html>")
MODELS = (200, "application/json", b'{"object": "list", "data": [{"id": "some-model", "object": "model"}]}')
NOT_FOUND = (404, "application/json", b"{}")
URL = ("--url", "http://127.0.0.1:1")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "bad.jsonl").write_text('{"prompt": "x"}\n' * 16 + "{not json\n")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    (tmp_path / "empty.txt").touch()
    return tmp_path


@pytest.fixture
def web_page() -> Iterator[int]:
    with small_http(HTML) as port:
        yield port


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ((), "nothing to load (start a model with -m MODEL, or give --url of a running server)"),
        (
            (*URL, "--dataset", "nosuch.jsonl"),
            "--dataset: cannot read nosuch.jsonl: No such file or directory",
        ),
        ((*URL, "--dataset", "bad.jsonl"), "bad.jsonl, line 17 is not JSON"),
        ((*URL, "--prompt-file", "empty.txt"), "--prompt-file: empty.txt is empty"),
        ((*URL, "--requests", "0"), "--requests 0 is too small (at least 1)"),
        ((*URL, "--requests", "many"), "argument --requests: invalid int value: 'many'"),
        (
            (*URL, "--rate", "-1"),
            "--rate '-1' is no rate (give requests per second, such as 2, 0.5",
        ),
        ((*URL, "--rate", "2", "--concurrency", "4"), "--rate and --concurrency exclude each other"),
        ((*URL, "--concurrency", "0"), "--concurrency 0 is out of range"),
        ((*URL, "--arrivals", "poisson"), "--arrivals belongs to --rate"),
        ((*URL, "--duration", "soon"), "--duration 'soon' is no time (give a time such as 90s, 5m or 1h)"),
        ((*URL, "--duration", "9e8"), "--duration 9e+08 is out of range (0.01 to 1000000)"),
        ((*URL, "--timeout", "inf"), "--timeout inf is out of range (0.01 to 1000000)"),
        ((*URL, "--rate", "1e-300"), "--rate 1e-300 is out of range (1e-05 to 100000)"),
        ((*URL, "--max-error-rate", "nan"), "--max-error-rate nan is out of range"),
        ((*URL, "--prompt", "x", "--prompt-tokens", "5"), "argument --prompt-tokens: not allowed with"),
        ((*URL, "--prompt", " "), "--prompt is empty"),
        ((*URL, "--prompt-tokens", "8", "--shared-prefix", "8"), "--shared-prefix 8 leaves nothing"),
        ((*URL, "--processes", "9999"), "--processes 9999 is too much for"),
        ((*URL, "--api-key-env", "NO_SUCH_KEY"), "--api-key-env: the variable NO_SUCH_KEY is not set"),
        ((*URL, "--output", "full"), "--output full exists and is not an empty folder"),
        ((*URL, "--json", "nosuch/report.json"), "--json nosuch/report.json: no such folder"),
        ((*URL, "--prompt", "hi", "--shared-prefix", "5"), "--shared-prefix belongs to --prompt-tokens"),
        ((*URL, "--port", "8099"), "--port: a server that runs already keeps its slots and flags"),
        ((*URL, "--gpu", "0"), "--gpu: a server that runs already keeps its slots and flags"),
        ((*URL, "-np", "2"), "--parallel: a server that runs already keeps its slots and flags"),
        ((*URL, "-ctk", "q8_0"), "--cache-type-k: a server that runs already keeps its slots and flags"),
        ((*URL, "--keep-server"), "--keep-server: a server that runs already"),
        ((*URL, "--", "--mlock"), "with --url no server is started"),
        (("--url", "http://"), "--url 'http://': a host is missing"),
        (("--url", "ftp://host"), "--url 'ftp://host': ftp:// cannot be used"),
        (("--url", "http://me:pw@host"), "--url: no user or key in the address"),
        (("--url", "http://[::1"), "--url 'http://[::1': this is no address"),
        (("-m", "nosuch.gguf"), "no model 'nosuch.gguf'"),
        (("-m", "bad.jsonl", *URL), "--model and --url exclude each other"),
        (("--frobnicate",), "unrecognized arguments: --frobnicate"),
    ],
)
def test_usage(
    options: tuple[str, ...],
    line: str,
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    isolated_home: Path,
) -> None:
    monkeypatch.chdir(files)
    assert main(["load", *options]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"rocmtui: {line}")
    assert said.err.count("\n") == 1
    assert not (isolated_home / "data" / "rocmtui").exists()


def test_an_slo_is_refused_with_a_caret_under_the_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", *URL, "--slo", "ttfx_p95<1s"]) == 2
    assert capsys.readouterr().err == (
        "rocmtui: --slo: no metric 'ttfx_p95': did you mean ttft?\n  ttfx_p95<1s\n  ^^^^^^^^\n"
    )


def load(*options: str, home: Path) -> subprocess.Popen[str]:
    """Start the command as a user would."""
    return subprocess.Popen(
        [sys.executable, "-m", "rocmtui", "load", "--requests", "1", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"XDG_DATA_HOME": str(home / "data")},
    )


def test_servers_that_will_not_do(web_page: int, isolated_home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, small_http(NOT_FOUND) as nothing:
        cases = {
            "refused": ("http://127.0.0.1:1", "nothing answers at http://127.0.0.1:1"),
            "silent": (f"http://127.0.0.1:{silent.getsockname()[1]}", "nothing answers"),
            "web page": (f"http://127.0.0.1:{web_page}", "answers, but not as an LLM server"),
            "nothing there": (f"http://127.0.0.1:{nothing}", "answers, but not as an LLM server"),
            "no TLS": (f"https://127.0.0.1:{web_page}", "TLS"),
            "no such host": ("http://no-such-host.invalid", "no-such-host.invalid"),
            "no such socket": ("unix:///no/such.sock", "nothing answers at unix:///no/such.sock"),
        }
        running = {name: load("--url", url, home=isolated_home) for name, (url, _) in cases.items()}
        ended = {name: (*process.communicate(timeout=60), process) for name, process in running.items()}
    assert {name: process.returncode for name, (_, _, process) in ended.items()} == dict.fromkeys(cases, 4)
    for name, (out, err, _) in ended.items():
        assert out == ""
        assert err.startswith("rocmtui: ")
        assert cases[name][1] in err
        assert err.count("\n") == 1
    assert not (isolated_home / "data" / "rocmtui").exists()


def test_a_server_whose_replies_are_web_pages_completes_nothing(isolated_home: Path) -> None:
    with small_http(HTML, {"/v1/models": MODELS}) as port:
        process = load("--url", f"http://127.0.0.1:{port}", "--json", "-", "--quiet", home=isolated_home)
        out, err = process.communicate(timeout=60)
    report = msgspec.json.decode(out)
    assert process.returncode == 1
    assert report["requests"]["by_error"] == {"bad_reply": 1}
    assert report["metrics"] == {}
    said = " ".join(err.split())
    assert "warning: 1 of 1 requests failed: 1 bad_reply (the server answered with a web page," in said
    assert said.count("lengths are in words instead") == 1
