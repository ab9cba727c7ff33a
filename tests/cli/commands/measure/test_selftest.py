"""`rocmtui selftest` as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec
import pytest

SHORT = """
import sys
from rocmtui.__main__ import program
from rocmtui.services.load import self_test
self_test.TOKENS = self_test.FEWEST_TOKENS
sys.exit(program())
"""
"""The command with replies of 20 tokens instead of 60."""


def started(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SHORT, "selftest", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def test_it_measures_beside_busy_processes_without_losing_a_request_and_none_stays() -> None:
    process = started("--streams", "4", "--busy", "1", "--json")
    output, told = process.communicate(timeout=60)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    result = msgspec.json.decode(output)
    assert result["schema"] == "rocmtui.selftest/2"
    assert result["verdict"] in ("good", "off")  # a busy machine may well be off
    assert process.returncode == (0 if result["verdict"] == "good" else 1)
    row = result["rows"][0]
    assert (row["streams"], row["requests"], row["wrong"], row["busy"]) == (4, 12, 0, 1)
    assert row["ttft_ms"] >= 50.0
    assert told.splitlines()[0].startswith("4 streams, ")
    stamps = row["reads"]
    assert stamps["kernel"] > stamps.get("own", 0) + stamps.get("refused", 0)
    assert row["token_error_ms"]["mean"] >= 0


def test_bad_options_are_refused_in_a_line() -> None:
    for words in (("--streams", "many"), ("--streams", "0"), ("--processes", "0"), ("--busy", "-1")):
        process = started(*words)
        output, told = process.communicate(timeout=60)
        assert (process.returncode, output, len(told.splitlines())) == (2, "", 1)
