"""Tasks go on one a turn of the loop."""

from __future__ import annotations

import asyncio

from rocmtui.adapters.wire.turnstile import Turnstile


async def test_one_a_turn_in_the_order_they_came() -> None:
    turnstile = Turnstile(asyncio.get_running_loop())
    through: list[int] = []

    async def one(number: int) -> None:
        await turnstile.turn()
        through.append(number)

    tasks = [asyncio.create_task(one(number)) for number in range(4)]
    grown = []
    while len(through) < 4:
        await asyncio.sleep(0)
        grown.append(len(through))
    assert through == [0, 1, 2, 3]
    assert max(b - a for a, b in zip([0, *grown], grown, strict=False)) == 1
    await asyncio.gather(*tasks)


async def test_who_gives_up_holds_nobody_up() -> None:
    turnstile = Turnstile(asyncio.get_running_loop())
    gone = asyncio.create_task(turnstile.turn())
    following = asyncio.create_task(turnstile.turn())
    await asyncio.sleep(0)
    gone.cancel()
    async with asyncio.timeout(20):
        await following
    async with asyncio.timeout(20):
        await turnstile.turn()
