"""Many requests: not one lost or miscounted, and memory flat in their number.

    python -m tests.benchmarks.many_requests [--requests 100000] [--server known]
    python -m tests.benchmarks.many_requests --requests 10000 --server llama --model tiny.gguf

Targets: every request right; the load process grows by less than 20 MB after its first 1,000 requests.
"""

from __future__ import annotations

import argparse
import asyncio
import time

from rocmtui.core.load.said import Requests
from rocmtui.core.load.scenario import Prompt
from rocmtui.core.session.events import Event
from tests.benchmarks.harness import Sink, Spawner, closed, rss_mib, run_load, server

HELP_FORMAT = argparse.RawDescriptionHelpFormatter
SERVERS = {
    "known": ("rocmtui.embedded.known.server", "--ttft-ms=1", "--itl-ms=0.1"),
    "llama": ("rocmtui.embedded.llama.server", "-np", "8", "-c", "8192", "--port", "0"),
}


class Tally:
    """Counts as the records come, keeping none, and looks at the memory."""

    def __init__(self, tokens: int, spawner: Spawner) -> None:
        self.seen = 0
        self.wrong: list[str] = []
        self.retries = 0
        self.memory: list[tuple[int, float]] = []
        self._ids: set[int] = set()
        self._tokens = tokens
        self._spawner = spawner

    def take(self, event: Event) -> None:
        if not isinstance(event, Requests):
            return
        for record in event.records:
            self.seen += 1
            self.retries += record.stale_retries
            right = record.completed and record.output_tokens == self._tokens and record.id not in self._ids
            self._ids.add(record.id)
            if not right:
                self.wrong.append(f"{record.id}: {record.error} {record.output_tokens} tokens")
        if not self.memory or self.seen >= self.memory[-1][0] + 1000:
            self.memory.append((self.seen, rss_mib(self._spawner.processes[0].pid)))


async def main() -> None:
    """Send them and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=HELP_FORMAT)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=3)
    parser.add_argument("--server", choices=SERVERS, default="known")
    parser.add_argument("--model", help="for --server llama")
    given = parser.parse_args()
    words = [*SERVERS[given.server], *(["-m", given.model] if given.model else [])]
    spawner = Spawner()
    tally = Tally(given.tokens, spawner)
    began = time.monotonic()
    async with server(*words) as (url, _):
        scenario = closed(given.concurrency, given.requests, given.tokens)
        prompts = [Prompt(text=f"Tell me of the number {n}") for n in range(97)]
        outcome = await run_load(url, scenario, prompts, Sink(tally.take), spawner)
    took = time.monotonic() - began
    after_first = next((mib for seen, mib in tally.memory if seen >= 1000), tally.memory[0][1])
    rate = tally.seen / took
    print(f"{tally.seen} of {given.requests} requests in {took:.0f} s ({rate:.0f}/s), {outcome.reason}")
    print(f"{len(tally.wrong)} lost or miscounted, {tally.retries} connections made again")
    for line in tally.wrong[:10]:
        print(f"  {line}")
    print(f"load process: {after_first:.1f} MiB after 1,000, {tally.memory[-1][1]:.1f} MiB at the end")
    print(f"growth {tally.memory[-1][1] - after_first:+.1f} MiB")


if __name__ == "__main__":
    asyncio.run(main())
