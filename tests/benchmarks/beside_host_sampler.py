"""What the sampler, whose looks at the host go on beside a load, does to the load's own figures.

    python -m tests.benchmarks.beside_host_sampler [--streams 32] [--itl-ms 10] [--tokens 100] [--rounds 4]

Loads on a server of known latencies with the sampler process watching that server, and without, turn by turn
(A B B A) in one run. Targets: CPU a token at most 1.15 of that without; the mean error of TTFT, request by
request against the server's log, moves by at most 0.1 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from statistics import fmean, median

from rocmtui.adapters.gpu.sampler_process import SamplerProcess
from rocmtui.adapters.server.known_server import KnownServerSpawner
from rocmtui.adapters.server.local_process import listening_process
from rocmtui.core.doctor.self_test import SelfTestRow, row_of
from rocmtui.core.load.scenario import Prompt
from tests.benchmarks.harness import Sink, Spawner, closed, run_load

TARGET_RATIO, TARGET_MS = 1.15, 0.1


async def one_load(streams: int, itl_ms: float, tokens: int, *, sampled: bool) -> tuple[SelfTestRow, int]:
    """What it measured, and how many looks at the host there were beside it."""
    server, sampler, looks = await KnownServerSpawner().start(50.0, itl_ms), SamplerProcess(), 0

    async def sample() -> None:
        nonlocal looks
        served_by = listening_process(server.url)
        assert served_by is not None
        sampler.watch_server(served_by.pid)
        async for one in sampler.samples():
            looks += one.host is not None and one.host.server is not None

    sampling = asyncio.create_task(sample()) if sampled else None
    sink, requests = Sink(), streams * 3
    prompts = [Prompt(text=f"Request {number}: how late am I?") for number in range(requests)]
    outcome = await run_load(server.url, closed(streams, requests, tokens), prompts, sink, Spawner())
    await sampler.close()
    if sampling is not None:
        await sampling
    return row_of(streams, tokens, await server.close(), sink.records, outcome.finished), looks


def line(name: str, rows: list[SelfTestRow]) -> tuple[float, float]:
    """Prints the middle of its rounds; CPU a token and the mean error of TTFT."""
    errors = [row.ttft_error_ms for row in rows if row.ttft_error_ms]
    cpu, error = median(row.cpu_us_per_token or 0 for row in rows), fmean(one.mean for one in errors)
    print(
        f"{name:<20} {cpu:7.2f} us/token   TTFT error {error:+.3f} mean "
        f"{median(one.p99 for one in errors):+.3f} p99   {sum(row.wrong for row in rows)} wrong"
    )
    return cpu, error


async def main() -> int:
    """Turn by turn; 1 where a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--streams", type=int, default=32)
    parser.add_argument("--itl-ms", type=float, default=10.0)
    parser.add_argument("--tokens", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=4)
    given = parser.parse_args()
    rows: dict[bool, list[SelfTestRow]] = {False: [], True: []}
    seen = 0
    for number in range(given.rounds):
        for sampled in (True, False) if number % 2 else (False, True):
            row, looks = await one_load(given.streams, given.itl_ms, given.tokens, sampled=sampled)
            rows[sampled].append(row)
            seen += looks
    print(f"{given.streams} streams, a token each {given.itl_ms:g} ms; {seen} looks at the host")
    cpu, error = line("without the sampler", rows[False])
    cpu_beside, error_beside = line("beside it", rows[True])
    print(f"CPU a token: {cpu_beside / cpu:.2f}   target <= {TARGET_RATIO}")
    print(f"TTFT error moves by {error_beside - error:+.3f} ms   target <= {TARGET_MS}")
    return int(cpu_beside / cpu > TARGET_RATIO or error_beside - error > TARGET_MS)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
