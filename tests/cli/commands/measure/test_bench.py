"""`rocmtui bench` and `rocmtui sweep` as a user runs them, with the real embedded server and a tiny model."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.known_llama_server import write_known_server

pytestmark = pytest.mark.llama
SERVERS = {"rocmtui.embedded.llama.server", "rocmtui.embedded.known.server"}
SMALL = ("--tests", "decode,concurrent", "--requests", "1", "--settle", "0", "--ctx-per-slot", "512")


def rocmtui(*words: str, timeout_s: float = 240) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rocmtui", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)


def started(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "rocmtui", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def read_until(running: subprocess.Popen[str], begin: str) -> None:
    """Read its narration up to the line that begins like this."""
    assert running.stderr is not None
    assert any(line.startswith(begin) for line in running.stderr)


def servers_of(folder: Path) -> list[str]:
    """Command lines of servers that have something of `folder` in hand."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_text().split("\0")
            except OSError:
                continue
            if SERVERS & set(words) and any(str(folder) in word for word in words):
                found.append(" ".join(words))
    return found


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    """The tiny model under a name of this test's own."""
    path = tmp_path / "tiny.gguf"
    path.symlink_to(tiny_model)
    return path


def test_a_bench_ends_with_a_report_that_adds_up(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = rocmtui(
        *("bench", "-m", str(model), "-m", str(tmp_path / "nosuch.gguf"), "--parallel", "1,2"),
        *("--variant", "on: -fa on", "--variant", "off: -fa off", "--rounds", "1", *SMALL),
        *("--output", str(out), "--json", "-"),
    )
    assert done.returncode == 1, done.stderr
    assert "rocmtui: not measured: " in done.stderr
    report = json.loads(done.stdout)
    assert (report["schema"], report["ended"]) == ("rocmtui.bench/1", "done")
    assert len([cell for cell in report["cells"] if not cell.get("error")]) == 2 * 2 * 2
    assert {row["model"] for row in report["not_run"]} == {str(tmp_path / "nosuch.gguf")}
    row = next(row for row in report["rows"] if row["name"] == "tg32 (c2) total")
    assert row["figures"][0]["rounds"] == [row["figures"][0]["median"]]
    assert row["verdicts"][0]["text"] == "undecided: 1 round is too few to tell a difference from noise"
    assert all(cell["cached_fraction"] == 0 for cell in report["cells"] if not cell.get("error"))
    text = (out / "report.md").read_text()
    assert "-fa off" in text
    assert "tg32 (c2) total" in text
    assert len(list((out / "runs").iterdir())) >= 8
    assert servers_of(tmp_path) == []


def test_kill_and_resume_keeps_what_was_done(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("bench", "-m", str(model), "--rounds", "3", *SMALL, "--output", str(out))
    running = started(*words)
    read_until(running, "[3/")
    running.kill()
    running.communicate(timeout=10)
    results = out / "results.jsonl"
    before = [line for line in results.read_bytes().splitlines() if b'"type":"cell"' in line]
    done = rocmtui("bench", "--resume", str(out))
    assert done.returncode == 0, done.stderr
    after = [line for line in results.read_bytes().splitlines() if b'"type":"cell"' in line]
    assert after[: len(before)] == before
    assert len(before) >= 3
    assert len(after) == 6
    assert json.loads((out / "bench.json").read_text())["ended"] == "done"


def test_ctrl_c_saves_the_report_and_leaves_nothing(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("bench", "-m", str(model), "--rounds", "40", *SMALL, "--output", str(out))
    running = started(*words)
    read_until(running, "[2/")
    running.send_signal(signal.SIGINT)
    shown, _ = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "incomplete: " in shown
    assert f"go on with: rocmtui bench --resume {out}\n" in shown
    assert json.loads((out / "bench.json").read_text())["ended"] == "interrupted"
    assert servers_of(tmp_path) == []


def test_a_server_slower_by_a_known_factor_is_found_with_the_right_sign(tmp_path: Path) -> None:
    model = tmp_path / "known.gguf"
    model.touch()
    slow, fast = (write_known_server(tmp_path / f"{itl}ms", itl) for itl in (6.25, 5.0))
    done = rocmtui(
        *("bench", "-m", str(model), "--server", f"fast={fast}", "--server", f"slow={slow}"),
        *("--rounds", "3", "--settle", "0", "--tests", "decode", "--requests", "1", "--json", "-"),
        *("--output", str(tmp_path / "out"), "--fail-on-regression", "5%"),
    )
    assert done.returncode == 3, done.stderr
    verdict = json.loads(done.stdout)["rows"][0]["verdicts"][0]
    assert verdict["kind"] == "worse"
    assert verdict["change"]["estimate"] == pytest.approx(5.0 / 6.25 - 1, abs=0.05)
    assert "regression: tg128 1 slot, slow: " in done.stderr


def test_a_sweep_over_slots_prints_what_to_run(model: Path, tmp_path: Path) -> None:
    steady = write_known_server(tmp_path / "steady", 1.0, 5.0, f"--log={tmp_path / 'log'}")
    done = rocmtui(
        *("sweep", "-m", str(model), "--parallel", "1,2", "--seconds", "0.25", "--prompt-tokens", "32"),
        *("--max-tokens", "16", "--ctx-per-slot", "256", "--output", str(tmp_path / "out")),
        *("--server-bin", str(steady), "--", "-b", "64"),
    )
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-3]
    assert re.match(r"(1 slot|2 slots); run it like this:", last)
    assert f"-m {model} --host 127.0.0.1 --port 8080 -np " in last
    assert last.endswith("-b 64")
    rows = (tmp_path / "out" / "sweep.md").read_text().count("\n| ")
    assert rows >= 5  # heads, their rule, both levels, and what confirmed the best one
    assert servers_of(tmp_path) == []


def test_a_server_that_cannot_be_reached_ends_a_sweep(tmp_path: Path) -> None:
    done = rocmtui("sweep", "--url", "http://127.0.0.1:1", "--output", str(tmp_path / "out"))
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
