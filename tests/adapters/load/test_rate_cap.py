"""The cap of --max-rate."""

from __future__ import annotations

import asyncio
import time

import pytest

from rocmtui.adapters.load.rate_cap import BURST_S, ThrottledRate


@pytest.mark.parametrize(("rate", "sends"), [(30.0, 30), (1.7, 2)])
async def test_the_rate_is_kept_after_a_short_burst(rate: float, sends: int) -> None:
    cap = ThrottledRate(rate)
    began = time.monotonic()
    await asyncio.gather(*(cap.acquire() for _ in range(sends)))
    assert time.monotonic() - began >= sends / rate - max(BURST_S, 1 / rate) - 0.001


async def test_those_who_wait_go_in_order() -> None:
    cap = ThrottledRate(20.0)
    order: list[int] = []

    async def wait(number: int) -> None:
        await cap.acquire()
        order.append(number)

    await asyncio.gather(*(wait(number) for number in range(14)))
    assert order == list(range(14))
