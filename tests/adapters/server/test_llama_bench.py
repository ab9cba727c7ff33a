"""llama-bench: its command line, its JSON, and binaries that are none."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from rocmtui.adapters.server.llama_bench import LlamaBenchResult, llama_bench_command, run_llama_bench
from rocmtui.core.server.state import LaunchPlan
from rocmtui.errors import UsageError

ANSWER = """[
  {"build_commit": "a", "n_prompt": 512, "n_gen": 0, "avg_ts": 812.5, "stddev_ts": 3.25},
  {"build_commit": "a", "n_prompt": 0, "n_gen": 128, "avg_ts": 71.5, "stddev_ts": 0.5}
]"""


def script(path: Path, body: str) -> str:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_the_settings_are_those_of_the_server() -> None:
    plan = LaunchPlan(
        model="m.gguf",
        gpu_layers="99",
        flash_attn="on",
        cache_type_k="q8_0",
        extra_args=("-ub", "256", "--no-warmup", "-t", "4"),
    )
    command = llama_bench_command("lb", plan, prompts=[512], outputs=[128], repeats=5)
    shown = "lb -m m.gguf -o json -r 5 -p 512 -n 128 -ngl 99 -fa 1 -ctk q8_0 -ub 256 -t 4"
    assert " ".join(command) == shown


def test_what_is_left_to_the_server_is_left_to_llama_bench() -> None:
    plan = LaunchPlan(model="m.gguf", flash_attn="auto", gpu_layers="auto")
    command = llama_bench_command("lb", plan, prompts=[], outputs=[128], repeats=1)
    assert " ".join(command) == "lb -m m.gguf -o json -r 1 -p 0 -n 128"


async def test_its_answer_is_read(tmp_path: Path) -> None:
    binary = script(tmp_path / "lb", f"echo noise >&2\ncat <<'EOF'\n{ANSWER}\nEOF")
    found = await run_llama_bench([binary])
    assert [(line.name, line.avg_ts, line.stddev_ts) for line in found] == [
        ("pp512", 812.5, 3.25),
        ("tg128", 71.5, 0.5),
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("echo 'error: no such model' >&2; exit 3", "ended with 3: error: no such model"),
        ("echo hello", "did not answer in JSON"),
        ("echo '{\"a\": 1}'", "did not answer in JSON"),
    ],
)
async def test_what_goes_wrong_is_said(tmp_path: Path, body: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        await run_llama_bench([script(tmp_path / "lb", body)])


async def test_a_binary_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot run"):
        await run_llama_bench([str(tmp_path / "nosuch")])


async def test_cancelling_kills_it(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    binary = script(
        tmp_path / "lb", f"echo $$ > {pid_file}.part; mv {pid_file}.part {pid_file}; exec sleep 60"
    )
    running = asyncio.create_task(run_llama_bench([binary]))
    while not pid_file.exists():
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def test_depths_are_llama_benchs_own() -> None:
    plan = LaunchPlan(model="m.gguf")
    command = llama_bench_command("lb", plan, prompts=[512], outputs=[128], repeats=5, depths=[0, 1024])
    assert command[command.index("-d") + 1] == "0,1024"
    assert "-d" not in llama_bench_command("lb", plan, prompts=[512], outputs=[], repeats=5, depths=[0])
    assert LlamaBenchResult(n_gen=128, n_depth=1024).name == "tg128 @ d1024"
