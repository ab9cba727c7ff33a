"""Does the client slow the server it shares a machine with? rocmtui against curl, in A B B A order.

    python -m tests.benchmarks.shared_box [--rounds 4] [--requests 24] [--tokens 48]

The embedded server with the real demo model and 4 slots; four curl loops and `rocmtui load` send the same
requests. Targets: tokens per second under rocmtui within 3 % of those under curl, with the app within 6 %.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from statistics import median

from rocmtui.adapters.models.demo_model import demo_model_path
from rocmtui.core.load.scenario import Prompt, PromptPlan
from rocmtui.core.request.record import RequestRecord
from tests.benchmarks.harness import Sink, Spawner, closed, run_load, server
from tests.benchmarks.in_app import load_in_app

HELP_FORMAT = argparse.RawDescriptionHelpFormatter
SLOTS = 4


def body(number: int, tokens: int) -> bytes:
    """One request, the same for both clients."""
    return json.dumps(
        {
            "messages": [{"role": "user", "content": prompt(number)}],
            "max_tokens": tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
            "ignore_eos": True,
            "cache_prompt": False,
            "temperature": 0.8,
            "seed": 1,
        }
    ).encode()


def prompt(number: int) -> str:
    """The prompt of a request."""
    return f"Tell a story of {number} dragons, and begin with their names."


async def curl(url: str, requests: int, tokens: int) -> float:
    """Tokens per second under four loops of curl."""
    numbers = iter(range(requests))

    async def loop() -> None:
        for number in numbers:
            words = ("-sN", "-o", "/dev/null", "-H", "Content-Type: application/json", "--data-binary", "@-")
            process = await asyncio.create_subprocess_exec(
                "curl", *words, url + "/v1/chat/completions", stdin=asyncio.subprocess.PIPE
            )
            await process.communicate(body(number, tokens))
            if process.returncode:
                raise SystemExit(f"curl failed with {process.returncode}")

    began = time.monotonic()
    await asyncio.gather(*(loop() for _ in range(SLOTS)))
    return requests * tokens / (time.monotonic() - began)


async def ours(url: str, requests: int, tokens: int) -> float:
    """Tokens per second under a load process."""
    sink = Sink()
    prompts = [Prompt(text=prompt(number)) for number in range(requests)]
    await run_load(url, closed(SLOTS, requests, tokens), prompts, sink, Spawner())
    return speed(sink.records, requests, tokens)


async def in_the_app(url: str, requests: int, tokens: int) -> float:
    """Tokens per second with the app on the screen; its prompts are of the same length."""
    plan = PromptPlan(text=prompt(10), nonce=False)
    return speed(await load_in_app(url, closed(SLOTS, requests, tokens, prompt=plan)), requests, tokens)


def speed(records: list[RequestRecord], requests: int, tokens: int) -> float:
    """Tokens per second from the first request sent to the last one done."""
    good = [record for record in records if record.completed and record.output_tokens == tokens]
    if len(good) != requests:
        raise SystemExit(f"only {len(good)} of {requests} requests were right")
    window_ns = max(record.done_ns for record in good) - min(record.sent_ns or 0 for record in good)
    return requests * tokens / window_ns * 1e9


async def main() -> None:
    """Run the rounds and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=HELP_FORMAT)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--requests", type=int, default=24)
    parser.add_argument("--tokens", type=int, default=48)
    given = parser.parse_args()
    clients = {"curl": curl, "rocmtui": ours, "app": in_the_app}
    speeds: dict[str, list[float]] = {name: [] for name in clients}
    words = ("-m", str(demo_model_path()), "-np", str(SLOTS), "-c", "8192", "--port", "0")
    async with server("rocmtui.embedded.llama.server", *words) as (url, _):
        await curl(url, SLOTS, 8)
        for number in range(given.rounds):
            for name in clients if number % 2 == 0 else reversed(clients):
                speeds[name].append(await clients[name](url, given.requests, given.tokens))
                print(f"round {number + 1}: {name:<8} {speeds[name][-1]:7.1f} tok/s", flush=True)
    for name, target in (("rocmtui", 0.97), ("app", 0.94)):
        ratios = [mine / theirs for mine, theirs in zip(speeds[name], speeds["curl"], strict=True)]
        medians = f"{median(speeds[name]):.1f} of {median(speeds['curl']):.1f} tok/s"
        print(f"{name:<8} {medians}; ratio, median of the rounds: {median(ratios):.3f} (target {target})")


if __name__ == "__main__":
    asyncio.run(main())
