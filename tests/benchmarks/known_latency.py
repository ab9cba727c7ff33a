"""rocmtui against a plain httpx client, both measuring a server whose latencies are known, and a bare reader.

    python -m tests.benchmarks.known_latency [--streams 32] [--requests 96] [--tokens 300]

The server closes each connection as llama-server does. One after the other, in one run: compare the rows.
Targets at 32 streams x 100 tok/s: TTFT error <= 0.5 ms mean and <= 3 ms p99, ITL error <= 0.5 %, CPU of the
load process <= 30 us a token, CPU of the whole command <= 1.8 s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from statistics import fmean
from typing import Any, cast

from rocmtui.core.load.scenario import Prompt, PromptPlan
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.request.values import ttft
from tests.benchmarks.harness import Sink, Spawner, closed, cpu_seconds, latencies, run_load, server
from tests.benchmarks.in_app import load_in_app

TTFT_MS, ITL_MS = 50.0, 10.0
HELLO = PromptPlan(text="hello")
HELP_FORMAT = argparse.RawDescriptionHelpFormatter


async def ours(url: str, streams: int, requests: int, tokens: int) -> None:
    """Through a load process."""
    sink, spawner = Sink(), Spawner()
    outcome = await run_load(url, closed(streams, requests, tokens), [Prompt(text="hello")], sink, spawner)
    good = [record for record in sink.records if record.completed and record.output_tokens == tokens]
    cpu = sum(end.cpu_seconds for end in outcome.finished)
    lag = max(end.loop_lag_ms_p99 or 0 for end in outcome.finished)
    print(f"rocmtui      {latencies(good, TTFT_MS, ITL_MS)}   {cpu * 1e6 / len(good) / tokens:6.1f} us/token")
    print(f"             {len(good)} of {requests} right, loop lag p99 {lag:.2f} ms, {drift(good)}")


def drift(records: list[RequestRecord]) -> str:
    """Whether the error grows: its mean over the first and over the last third of the requests."""
    errors = [value - TTFT_MS for r in sorted(records, key=by_sent) if (value := ttft(r)) is not None]
    third = max(len(errors) // 3, 1)
    first, last = fmean(errors[:third]), fmean(errors[-third:])
    return f"TTFT error {first:+.2f} ms in the first third, {last:+.2f} in the last"


def by_sent(record: RequestRecord) -> int:
    """When it was sent."""
    return record.sent_ns or 0


async def in_the_app(url: str, streams: int, requests: int, tokens: int) -> None:
    """The same under the app."""
    records = await load_in_app(url, closed(streams, requests, tokens, warmup_requests=0, prompt=HELLO))
    good = [record for record in records if record.completed and record.output_tokens == tokens]
    print(f"in the app   {latencies(good, TTFT_MS, ITL_MS)}")
    print(f"             {len(good)} of {requests} right")


def told_by(module: str, url: str, streams: int, requests: int, tokens: int) -> dict[str, Any]:
    """What another client, a process of its own, prints about itself."""
    words = [url, str(streams), str(requests), str(tokens)]
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{module}", *words],
        capture_output=True,
        text=True,
        check=True,
    )
    return cast(dict[str, Any], json.loads(done.stdout))


def bare(url: str, streams: int, requests: int, tokens: int) -> None:
    """Through a process that only reads."""
    told = told_by("bare_reader", url, streams, requests, tokens)
    print(f"bare reader  stamps and parses nothing{told['cpu_us_per_token']:73.1f} us/token")


def plain(url: str, streams: int, requests: int, tokens: int) -> None:
    """Through a process that runs `plain_httpx`."""
    told = told_by("plain_httpx", url, streams, requests, tokens)
    print(
        f"plain httpx  TTFT {told['ttft_ms']:7.2f} ms (error {told['ttft_ms'] - TTFT_MS:+6.2f} mean, "
        f"{told['ttft_ms_p99'] - TTFT_MS:+6.2f} p99)   ITL {told['itl_ms']:7.3f} ms "
        f"({told['itl_ms'] / ITL_MS - 1:+.2%})   {told['cpu_us_per_token']:6.1f} us/token"
    )
    print(f"             {told['right']} of {requests} right")


async def whole_command(url: str, streams: int, requests: int, tokens: int) -> None:
    """`rocmtui load`, start-up and all, with its modules compiled as an installer leaves them."""
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {"PYTHONPYCACHEPREFIX": f"{folder}/compiled"}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        await _command(env, f"{folder}/first", url, 1, 1, 1)
        cpu, wall, code = await _command(env, f"{folder}/second", url, streams, requests, tokens)
    print(f"rocmtui load, the whole command: {cpu:.2f} s of CPU in {wall:.1f} s, exit {code}")


async def _command(
    env: dict[str, str], output: str, url: str, streams: int, requests: int, tokens: int
) -> tuple[float, float, int]:
    """CPU seconds of it and its children, seconds it took, exit code."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    words = f"load --url {url} --concurrency {streams} --requests {requests} --max-tokens {tokens} --warmup 0"
    more = ["--prompt", "hello", "--quiet", "--output", output]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rocmtui", *words.split(), *more), stdout=asyncio.subprocess.DEVNULL, env=env
    )
    code = await process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.monotonic() - began, code


async def main() -> None:
    """Run all three."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=HELP_FORMAT)
    parser.add_argument("--streams", type=int, default=32)
    parser.add_argument("--requests", type=int, default=96)
    parser.add_argument("--tokens", type=int, default=300)
    given = parser.parse_args()
    sizes = (given.streams, given.requests, given.tokens)
    words = (f"--ttft-ms={TTFT_MS}", f"--itl-ms={ITL_MS}")
    async with server("rocmtui.embedded.known.server", *words) as (url, pid):
        print(f"{given.streams} streams, {given.requests} requests of {given.tokens} tokens each")
        print(f"true: TTFT {TTFT_MS} ms, ITL {ITL_MS} ms")
        await ours(url, *sizes)
        await asyncio.to_thread(bare, url, *sizes)
        await asyncio.to_thread(plain, url, *sizes)
        await in_the_app(url, *sizes)
        await whole_command(url, *sizes)
        print(f"server: {cpu_seconds(pid):.2f} s of CPU")


if __name__ == "__main__":
    asyncio.run(main())
