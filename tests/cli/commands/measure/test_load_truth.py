"""The instrument checked end to end: what `rocmtui load` reports of a server whose latencies are known."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

TOLERANCE_MS = 30.0
"""Wide, for a busy machine: this proves the chain; selftest and the benchmarks prove the figures."""


@contextmanager
def known_server(*words: str) -> Iterator[str]:
    """The address of a server of known latencies, in its own process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rocmtui.embedded.known.server", *words], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().removeprefix("listening on ").strip()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def load(url: str, options: str, code: int = 0) -> dict[str, Any]:
    """The report of `rocmtui load`."""
    words = f"load --url {url} --prompt hi --json - --quiet {options}".split()
    command = [sys.executable, "-m", "rocmtui", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    return msgspec.json.decode(done.stdout, type=dict[str, Any])


def test_ttft_and_itl_are_those_of_the_server() -> None:
    with known_server("--ttft-ms=100", "--itl-ms=20") as url:
        report = load(url, "--concurrency 4 --requests 12 --max-tokens 11")
    assert report["requests"]["completed"] == 12
    metrics = report["metrics"]
    assert 0 <= metrics["ttft"]["mean"] - 100 < TOLERANCE_MS
    assert abs(metrics["itl"]["mean"] - 20) < TOLERANCE_MS / 10
    assert metrics["output_tokens"] == {**metrics["output_tokens"], "min": 11.0, "max": 11.0, "count": 12}


def test_queue_and_prefill_are_told_apart() -> None:
    with known_server("--ttft-ms=50", "--itl-ms=5", "-np", "1") as url:
        report = load(url, "--concurrency 3 --requests 9 --max-tokens 11")
    metrics = report["metrics"]
    assert 0 <= metrics["prefill_ms"]["mean"] - 50 < TOLERANCE_MS
    assert metrics["queue_wait"]["max"] >= 2 * (50 + 10 * 5)
    parts = sum(metrics[tag]["mean"] for tag in ("queue_wait", "prefill_ms", "overhead"))
    assert abs(parts - metrics["ttft"]["mean"]) < 0.01


def test_a_slow_server_shows_in_the_latency_from_the_plan_and_not_in_the_plan() -> None:
    with known_server("--ttft-ms=100", "--itl-ms=5", "-np", "1") as url:
        report = load(url, "--rate 20 --requests 10 --max-tokens 3")
    metrics = report["metrics"]
    assert metrics["ttft_scheduled"]["max"] > 500
    assert metrics["schedule_lag"]["p50"] < TOLERANCE_MS
    assert report["requests"]["completed"] == 10


def test_failures_are_counted_by_kind_and_the_rest_is_measured() -> None:
    with known_server("--ttft-ms=5", "--itl-ms=1", "--fault=cut", "--fault-every=4") as url:
        report = load(url, "--concurrency 2 --requests 20 --max-tokens 8")
    assert report["requests"]["by_error"] == {"server_gone": 5}
    assert report["requests"]["completed"] == 15
    assert report["metrics"]["ttft"]["count"] == 15


def test_too_many_failures_end_the_load_with_exit_1() -> None:
    with known_server("--ttft-ms=5", "--itl-ms=1", "--fault=loading", "--fault-every=2") as url:
        report = load(url, "--requests 200 --max-tokens 8 --max-error-rate 0.05", code=1)
    assert report["requests"]["sent"] < 40


def test_processes_share_the_load_and_lose_nothing() -> None:
    with known_server("--ttft-ms=5", "--itl-ms=1") as url:
        report = load(url, "--concurrency 5 --processes 2 --requests 31 --warmup 4 --max-tokens 4")
    assert (report["requests"]["sent"], report["requests"]["completed"]) == (31, 31)
    assert report["metrics"]["output_tokens"]["count"] == 31


def test_turns_keep_their_pauses_and_their_order() -> None:
    with known_server("--ttft-ms=20", "--itl-ms=5") as url:
        words = f"load --url {url} --json - --quiet --no-verify --conversations 3 --turns 3 --think 0.2s"
        command = [sys.executable, "-m", "rocmtui", *words.split(), "--turn-tokens", "20:4"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    report = msgspec.json.decode(done.stdout, type=dict[str, Any])
    talks = report["conversations"]
    assert (talks["conversations"], talks["overtaken"], report["requests"]["completed"]) == (3, 0, 9)
    assert [turn["requests"] for turn in talks["turns"]] == [3, 3, 3]
    assert report["metrics"]["schedule_lag"]["count"] == 6
    assert 0 <= report["metrics"]["schedule_lag"]["p50"] < TOLERANCE_MS
