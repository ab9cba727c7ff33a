"""One load by whatever tree is on the path: for `against_commit`, which runs it by two trees.

    python one_load.py URL STREAMS TOKENS

Prints a line of the records and one of how each load process ended.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

from rocmtui.core.load.scenario import Prompt
from tests.benchmarks.harness import Sink, Spawner, closed, run_load


async def main(url: str, streams: int, tokens: int) -> None:
    """Three requests a stream."""
    sink = Sink()
    prompts = [Prompt(text=f"Request {number}: how late am I?") for number in range(streams * 3)]
    outcome = await run_load(url, closed(streams, streams * 3, tokens), prompts, sink, Spawner())
    for said in (sink.records, outcome.finished):
        sys.stdout.write(msgspec.json.encode(said).decode() + "\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
