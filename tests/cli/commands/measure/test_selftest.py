"""`rocmtui selftest` as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec
import pytest


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rocmtui", "selftest", *words], capture_output=True, text=True, timeout=60
    )


def test_it_measures_without_losing_a_request() -> None:
    done = run("--streams", "4", "--json")
    result = msgspec.json.decode(done.stdout)
    assert result["schema"] == "rocmtui.selftest/2"
    assert result["verdict"] in ("good", "off")  # a busy machine may well be off
    assert done.returncode == (0 if result["verdict"] == "good" else 1)
    row = result["rows"][0]
    assert (row["streams"], row["requests"], row["wrong"]) == (4, 12, 0)
    assert row["ttft_ms"] >= 50.0
    assert done.stderr.splitlines()[0].startswith("4 streams, ")
    stamps = row["reads"]
    assert stamps["kernel"] > stamps.get("own", 0) + stamps.get("refused", 0)
    assert row["token_error_ms"]["mean"] >= 0


def test_busy_processes_are_told_and_none_stays() -> None:
    command = [sys.executable, "-m", "rocmtui", "selftest", "--streams", "2", "--busy", "1", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    output, _ = process.communicate(timeout=60)
    assert msgspec.json.decode(output)["rows"][0]["busy"] == 1
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_bad_options_are_refused_in_a_line() -> None:
    for words in (("--streams", "many"), ("--streams", "0"), ("--processes", "0"), ("--busy", "-1")):
        done = run(*words)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
