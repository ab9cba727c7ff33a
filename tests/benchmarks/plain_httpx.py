"""How one would measure with httpx alone: the yardstick of known_latency.py.

python -m tests.benchmarks.plain_httpx URL STREAMS REQUESTS TOKENS
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import httpx

from rocmtui.core.stats.quantiles import quantile


async def one(client: httpx.AsyncClient, url: str, tokens: int) -> tuple[float, float, int]:
    """TTFT and ITL in milliseconds, and tokens received."""
    body = {"messages": [{"role": "user", "content": "hello"}], "max_tokens": tokens, "stream": True}
    sent = time.perf_counter()
    stamps = []
    async with client.stream("POST", url + "/v1/chat/completions", json=body) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                choices = json.loads(line[6:])["choices"]
                if choices and choices[0]["delta"].get("content"):
                    stamps.append(time.perf_counter())
    return (stamps[0] - sent) * 1e3, (stamps[-1] - stamps[0]) * 1e3 / (len(stamps) - 1), len(stamps)


async def main(url: str, streams: int, requests: int, tokens: int) -> None:
    """Print the figures as JSON."""
    found: list[tuple[float, float, int]] = []
    left = iter(range(requests))
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    began = time.process_time()

    async def work(client: httpx.AsyncClient) -> None:
        for _ in left:
            found.append(await one(client, url, tokens))  # noqa: PERF401  one after the other

    async with httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) as client:
        await asyncio.gather(*(work(client) for _ in range(streams)))
    cpu = time.process_time() - began
    ttfts = sorted(ttft for ttft, _, _ in found)
    told = {
        "ttft_ms": sum(ttfts) / len(ttfts),
        "ttft_ms_p99": quantile(ttfts, 0.99),
        "itl_ms": sum(itl for _, itl, _ in found) / len(found),
        "right": sum(count == tokens for _, _, count in found),
        "cpu_us_per_token": cpu * 1e6 / sum(count for _, _, count in found),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:5])))
