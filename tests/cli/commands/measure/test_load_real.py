"""`rocmtui load` against real llama.cpp: what it measures, and what is left when it is cut off."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from rocmtui.adapters.runs.reader import RunData, read_run
from rocmtui.core.request.values import overhead, prefill_ms, queue_wait, ttft
from tests.fakes.embedded_server import embedded_server

pytestmark = pytest.mark.llama
KEY = "sk-very-secret-0815"


@pytest.fixture(scope="module")
def server(tiny_model: Path) -> Iterator[str]:
    with embedded_server(tiny_model) as url:
        yield url


def start(*options: str, **how: object) -> subprocess.Popen[str]:
    """Start the command as a user would; its progress and its figures can be read."""
    return subprocess.Popen(
        [sys.executable, "-m", "rocmtui", "load", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **how,
    )


def finished(*options: str, **how: object) -> tuple[int, str, str]:
    with start(*options, **how) as process:
        out, err = process.communicate(timeout=90)
    return process.returncode, out, err


def running(url: str, folder: Path) -> subprocess.Popen[str]:
    """A long load that has completed requests already."""
    process = start("--url", url, "--duration", "10m", "--max-tokens", "8", "--output", str(folder))
    requests = folder / "requests.jsonl"
    assert process.stderr is not None
    # Its progress comes every five seconds; each line is a moment to look at what is on disk.
    while not requests.exists():
        assert process.stderr.readline(), "it ended"
    return process


def test_a_load_by_count(server: str, tmp_path: Path) -> None:
    dataset = tmp_path / "prompts.jsonl"
    dataset.write_text(
        '{"messages": [{"role": "user", "content": "tell me a story"}]}\n{"prompt": "hello"}\n'
    )
    folder = tmp_path / "run"
    code, out, err = finished(
        *(
            "--url",
            server,
            "--requests",
            "24",
            "--warmup",
            "4",
            "--prompt-tokens",
            "64",
            "--max-tokens",
            "12",
        ),
        *("--slo", "ttft_p95<20s", "--slo", "error_rate<1%", "--output", str(folder), "--json", "-"),
    )
    report = json.loads(out)
    assert code == 0, err
    jsonschema.validate(
        report, json.loads(files("rocmtui").joinpath("schemas/report.schema.json").read_text())
    )
    assert report == json.loads((folder / "report.json").read_text())
    assert report["requests"] == {
        "sent": 24, "completed": 24, "failed": 0, "cancelled": 0, "dropped": 0,
        "empty": 0, "by_error": {}, "errors": []
    }  # fmt: skip
    metrics = report["metrics"]
    assert (metrics["prompt_tokens"]["min"], metrics["prompt_tokens"]["max"]) == (64, 64)
    assert (metrics["output_tokens"]["min"], metrics["output_tokens"]["max"]) == (12, 12)
    assert report["audit"]["cached_fraction"] == 0
    assert report["audit"]["token_count_disagreement"] == 0
    assert report["startup_wave"] is None
    assert report["steady_state"]["requests"] == 24
    assert [slo["met"] for slo in report["slo"]] == [True, True]
    run = read_run(folder)
    assert sum(record.phase == "measured" for record in run.records()) == 24
    split = [r for r in run.records() if overhead(r) is not None]
    assert split
    assert [(queue_wait(r) or 0) + (prefill_ms(r) or 0) + (overhead(r) or 0) for r in split] == pytest.approx(
        [ttft(r) for r in split]
    )
    assert (folder / "report.md").read_text().startswith("# ")


@pytest.mark.parametrize("endpoint", ["completion", "completions"])
def test_other_endpoints_are_exact_too_and_a_missed_slo_is_exit_3(server: str, endpoint: str) -> None:
    code, out, _ = finished(
        *("--url", server, "--requests", "6", "--endpoint", endpoint, "--prompt-tokens", "50"),
        *("--shared-prefix", "20", "--max-tokens", "4", "--slo", "output_tps>1000000", "--json", "-"),
    )
    report = json.loads(out)
    assert code == 3
    assert (report["metrics"]["prompt_tokens"]["min"], report["metrics"]["prompt_tokens"]["max"]) == (50, 50)


def test_a_data_set_of_messages_is_sent(server: str, tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text('{"messages": [{"role": "user", "content": "tell me a story"}]}\n')
    code, out, err = finished(
        *("--url", server, "--requests", "3", "--dataset", str(tmp_path / "d.jsonl"), "--no-nonce"),
        *("--max-tokens", "4", "--json", "-"),
    )
    assert code == 0, err
    assert json.loads(out)["metrics"]["prompt_tokens"]["std"] == 0


def test_the_prompt_cache_shows_when_it_is_on(server: str) -> None:
    _, out, err = finished(
        *("--url", server, "--requests", "8", "--concurrency", "1", "--prompt", "tell me a story " * 10),
        *("--no-nonce", "--cache-prompt", "--max-tokens", "4", "--json", "-"),
    )
    assert json.loads(out)["audit"]["cached_fraction"] > 0.5
    assert "of the prompt tokens came from the server's cache" in err


def test_ctrl_c_reports_what_was_measured(server: str, tmp_path: Path) -> None:
    with running(server, tmp_path / "run") as process:
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    report = read_run(tmp_path / "run").report
    assert report is not None
    assert report.ended == "interrupted"
    assert report.requests.completed > 0
    assert "output speed" in out


def test_a_run_killed_can_still_be_reported(server: str, tmp_path: Path) -> None:
    with running(server, tmp_path / "run") as process:
        process.kill()
        process.communicate(timeout=30)
    run: RunData = read_run(tmp_path / "run")
    assert run.report is None
    report = run.report_or_built()
    assert report.ended == "cut off"
    assert report.requests.completed > 0
    assert report.server.url == server


def test_a_full_disk_ends_the_load_and_keeps_what_is_written(server: str, tmp_path: Path) -> None:
    def little_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (80_000, 80_000))

    code, out, err = finished(
        *("--url", server, "--duration", "10m", "--max-tokens", "2", "--prompt", "x"),
        *("--output", str(tmp_path / "run"), "--json", "-", "--quiet"),
        preexec_fn=little_disk,
    )
    assert code == 2
    last = err.splitlines()[-1]
    assert last.startswith(f"rocmtui: the run can no longer be written to {tmp_path}/run: File too large")
    assert json.loads(out)["ended"] == "stopped"
    assert json.loads(out)["requests"]["completed"] > 0
    assert len(list(read_run(tmp_path / "run").records())) > 0


def test_the_key_opens_the_server_and_is_written_nowhere(tiny_model: Path, tmp_path: Path) -> None:
    options = ("--requests", "2", "--max-tokens", "4", "--output", str(tmp_path / "run"))
    with embedded_server(tiny_model, slots=1, ctx=1024, api_key=KEY) as url:
        code, out, err = finished("--url", url, *options)
        assert (code, out) == (4, "")
        assert err == f"rocmtui: {url} wants an API key (name its variable with --api-key-env)\n"
        keyed = os.environ | {"MY_KEY": KEY}
        code, out, err = finished("--url", url, *options, "--api-key-env", "MY_KEY", env=keyed)
    assert code == 0, err
    written = b"".join(path.read_bytes() for path in (tmp_path / "run").iterdir())
    assert KEY not in out + err + written.decode()
    assert b"MY_KEY" in written
