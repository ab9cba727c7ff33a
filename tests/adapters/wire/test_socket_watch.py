"""The loop rests between its looks where thousands of reads with the kernel's stamp come, and only there."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from rocmtui.adapters.wire import socket_watch
from rocmtui.adapters.wire.socket_watch import REST_OVER, SocketWatch
from rocmtui.core.request.arrival import ReadTally

MANY = REST_OVER + 1


class Clock:
    """Tells beat by beat what was stamped; `told` once it said the last."""

    def __init__(self, beats: list[ReadTally]) -> None:
        self._beats = beats
        self.told = asyncio.Event()

    def tally(self) -> ReadTally:
        if len(self._beats) > 1:
            return self._beats.pop(0)
        self.told.set()
        return self._beats[0]


class Connection:
    def read(self) -> None: ...
    def settle(self) -> None: ...
    def close(self) -> None: ...


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The rests taken, none of which lasts; no turn of the loop is as long as one."""
    taken: list[float] = []
    monkeypatch.setattr(socket_watch, "BEAT_S", 0.001)
    monkeypatch.setattr(socket_watch, "REST_NS", 10**12)
    monkeypatch.setattr(socket_watch.time, "sleep", taken.append)
    return taken


@asynccontextmanager
async def watched(*beats: ReadTally) -> AsyncIterator[SocketWatch]:
    """A watch of one silent socket whose clock has told all this."""
    watch = SocketWatch(asyncio.get_running_loop())
    watch.clock = clock = Clock(list(beats))  # type: ignore[assignment]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        watch.add(ours.fileno(), Connection())
        await clock.told.wait()
        yield watch
        watch.remove(ours.fileno())
        watch.close()


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def kernel(*counts: int) -> list[ReadTally]:
    return [ReadTally(kernel=count) for count in counts]


async def test_it_rests_each_turn_while_thousands_come(rests: list[float]) -> None:
    async with watched(*kernel(0, MANY, 2 * MANY)):
        assert rests
        assert set(rests) == {1000.0}


@pytest.mark.parametrize(
    "beats",
    [
        kernel(0, REST_OVER, 2 * REST_OVER),
        [ReadTally(own=number * MANY) for number in range(3)],
        [ReadTally(refused=number * MANY) for number in range(3)],
    ],
)
async def test_it_never_rests_where_few_come_or_where_a_read_is_its_own_stamp(
    rests: list[float], beats: list[ReadTally]
) -> None:
    async with watched(*beats):
        await turns(3)
        assert not rests


async def test_it_rests_no_more_when_the_flood_is_over(rests: list[float]) -> None:
    async with watched(*kernel(0, MANY, MANY)):
        await turns(2)
        so_far = len(rests)
        await turns(5)
        assert len(rests) == so_far > 0


async def test_it_rests_no_more_when_no_connection_is_left(rests: list[float]) -> None:
    async with watched(*kernel(0, MANY, 2 * MANY)):
        pass
    await turns(2)
    so_far = len(rests)
    await turns(5)
    assert len(rests) == so_far
