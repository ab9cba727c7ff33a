"""`rocmtui selftest` as a user runs it."""

from __future__ import annotations

import subprocess
import sys

import msgspec


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rocmtui", "selftest", *words], capture_output=True, text=True, timeout=60
    )


def test_it_measures_without_losing_a_request() -> None:
    done = run("--streams", "4", "--json")
    result = msgspec.json.decode(done.stdout)
    assert result["schema"] == "rocmtui.selftest/1"
    assert result["verdict"] in ("good", "off", "unclear")  # a busy machine may well be off
    assert done.returncode == (0 if result["verdict"] == "good" else 1)
    row = result["rows"][0]
    assert (row["streams"], row["requests"], row["wrong"]) == (4, 12, 0)
    assert row["ttft_ms"] >= 50.0
    assert done.stderr.splitlines()[0] == "4 streams, 400 tok/s: done"


def test_bad_options_are_refused_in_a_line() -> None:
    for words in (("--streams", "many"), ("--streams", "0"), ("--processes", "0")):
        done = run(*words)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
