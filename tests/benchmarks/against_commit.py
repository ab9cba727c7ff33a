"""The load of this tree against that of another commit, on one known server, turn by turn.

    python -m tests.benchmarks.against_commit TREE [--streams 32] [--itl-ms 10] [--tokens 100] [--rounds 4]

TREE is a checkout of the other commit. For each tree: CPU a token, the error of TTFT request by request
against the server's log (which counts from the kernel's stamp of the request), and how long it took to send
the first request of every stream. Targets: CPU a token at most 1.15 of the other's at 32 x 100 and 32 x 1,000
tok/s; a start of 1,024 requests no slower.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from statistics import fmean, median

import msgspec

import rocmtui
from rocmtui.adapters.server.known_server import KnownServerSpawner, busy_processes
from rocmtui.core.doctor.self_test import SelfTestRow, row_of
from rocmtui.core.load.said import LoadFinished
from rocmtui.core.request.record import RequestRecord

HERE = Path(rocmtui.__file__).parents[1]


async def one_load(tree: Path, streams: int, itl_ms: float, tokens: int) -> tuple[SelfTestRow, float]:
    """What it measured, and the milliseconds from the first stream's request to the last one's.

    All of the client is that of the tree: what its processes say to each other may have changed.
    """
    server = await KnownServerSpawner().start(50.0, itl_ms)
    words = (server.url, str(streams), str(tokens))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(HERE / "tests/benchmarks/one_load.py"), *words),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1"},
    )
    said, _ = await process.communicate()
    truth = await server.close()
    if process.returncode:
        raise SystemExit(f"the load of {tree} ended with {process.returncode}")
    first, second = said.splitlines()
    records = msgspec.json.decode(first, type=list[RequestRecord])
    finished = msgspec.json.decode(second, type=list[LoadFinished])
    sent_ns = sorted(record.sent_ns or 0 for record in records)[:streams]
    return row_of(streams, tokens, truth, records, finished), (sent_ns[-1] - sent_ns[0]) / 1e6


def line(name: str, rows: list[tuple[SelfTestRow, float]]) -> str:
    """The middle of its rounds."""
    errors = [row.ttft_error_ms for row, _ in rows if row.ttft_error_ms]
    return (
        f"{name:>8}  {median(row.cpu_us_per_token or 0 for row, _ in rows):7.2f} us/token   TTFT error "
        f"{fmean(e.mean for e in errors):+.3f} mean {median(e.p99 for e in errors):+.3f} p99 "
        f"{max(e.max for e in errors):+.3f} max   start {median(start for _, start in rows):.1f} ms   "
        f"{sum(row.wrong for row, _ in rows)} wrong   "
        f"{median(row.tokens_per_second or 0 for row, _ in rows):.0f} tok/s"
    )


async def main() -> None:
    """Turn by turn, A B B A."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tree", type=Path)
    parser.add_argument("--streams", type=int, default=32)
    parser.add_argument("--itl-ms", type=float, default=10.0)
    parser.add_argument("--tokens", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--busy", type=int, default=0)
    given = parser.parse_args()
    rows: dict[Path, list[tuple[SelfTestRow, float]]] = {HERE: [], given.tree: []}
    async with busy_processes(given.busy):
        for number in range(given.rounds):
            order = (given.tree, HERE) if number % 2 else (HERE, given.tree)
            for tree in order:
                rows[tree].append(await one_load(tree, given.streams, given.itl_ms, given.tokens))
    print(
        f"{given.streams} streams, a token each {given.itl_ms:g} ms, {given.tokens} tokens, {given.busy} busy"
    )
    print(line("other", rows[given.tree]))
    print(line("this", rows[HERE]))
    ours, theirs = (median(row.cpu_us_per_token or 0 for row, _ in rows[tree]) for tree in rows)
    print(f"CPU a token: {ours / theirs:.2f} of the other's")


if __name__ == "__main__":
    asyncio.run(main())
