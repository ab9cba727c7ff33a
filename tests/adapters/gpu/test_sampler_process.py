"""The owner of the sampler, over scripts in its place: silence, death, nonsense, a stuck process."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from rocmtui.adapters.gpu import sampler_process
from rocmtui.adapters.gpu.sampler_process import SamplerProcess, sample_once
from rocmtui.core.gpu.reading import GpuSample
from rocmtui.core.gpu.sampler.messages import SamplerSettings
from rocmtui.core.gpu.sampler.policy import DEAD_NS, STALE_NS

SAY = "import sys, json; say = lambda at: print(json.dumps({'at_ns': at}), flush=True)\n"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second is lost between a death and the next start."""
    monkeypatch.setattr("rocmtui.core.gpu.sampler.policy.FIRST_DELAY_NS", 1_000_000)
    monkeypatch.setattr(sampler_process, "_POLL_S", 0.02)


def process(script: str, **options: Any) -> SamplerProcess:
    return SamplerProcess(command=(sys.executable, "-c", SAY + script), **options)


async def take(source: SamplerProcess, count: int) -> list[GpuSample]:
    samples = []
    async for sample in source.samples():
        samples.append(sample)
        if len(samples) == count:
            break
    return samples


async def test_nonsense_between_samples_is_left_out() -> None:
    source = process("print('Failed to open file'); print('{}'); say(1); print('{\"at_ns\": 2'); say(3)")
    assert [sample.at_ns for sample in await take(source, 2)] == [1, 3]
    await source.close()


async def test_dead_sampler_is_replaced() -> None:
    source = process("say(1)")
    assert [sample.at_ns for sample in await take(source, 3)] == [1, 1, 1]
    await source.close()


async def test_line_without_end_is_no_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampler_process, "MAX_LINE_BYTES", 1000)
    script = "say(1)\nwhile True: print('x' * 500, end='', flush=True)"
    source = process(script)
    assert len(await take(source, 2)) == 2
    await source.close()


async def test_server_is_told_to_a_replacement_as_well() -> None:
    source = process("say(json.loads(sys.stdin.readline())['pid'])")
    source.watch_server(4711)
    assert [sample.at_ns for sample in await take(source, 2)] == [4711, 4711]
    await source.close()


async def test_stuck_process_holds_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One in uninterruptible sleep ignores SIGKILL: here its kill does nothing."""
    stuck: list[Any] = []
    monkeypatch.setattr(sampler_process.subprocess.Popen, "kill", lambda self: stuck.append(self))
    now = [0]
    source = process("say(1); sys.stdin.read(); __import__('time').sleep(60)", monotonic_ns=lambda: now[0])
    samples = []
    async for sample in source.samples():
        samples.append(sample)
        now[0] += DEAD_NS - STALE_NS if sample.stale else STALE_NS
        if len(samples) == 3:
            break
    started = time.monotonic()
    await source.close()
    assert time.monotonic() - started < 30  # its end would be awaited for 60 s
    assert [sample.stale for sample in samples] == [False, True, False]
    monkeypatch.undo()
    assert len(stuck) == 2
    for each in stuck:
        each.kill()
        each.wait(timeout=10)


async def test_close_ends_the_samples() -> None:
    source = process("say(1); sys.stdin.read()")
    samples: AsyncIterator[GpuSample] = source.samples()
    assert (await anext(samples)).at_ns == 1
    waiting = asyncio.ensure_future(anext(samples, None))
    await asyncio.sleep(0)
    await source.close()
    assert await waiting is None


async def test_one_sample_of_a_machine_without_cards(tmp_path: Path) -> None:
    sample = await sample_once(SamplerSettings(root=str(tmp_path), dev=str(tmp_path)))
    assert sample.gpus == ()
    assert sample.notes == (f"No AMD GPU: looked in {tmp_path}/class/drm and found nothing there.",)


async def test_one_sample_of_a_sampler_that_never_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = (sys.executable, "-c", "import sys; sys.stdin.read()")
    defaults = SamplerProcess.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "command", silent)
    sample = await sample_once(timeout_s=0.05)
    assert (sample.gpus, sample.notes) == ((), ("The GPU sampler does not answer.",))


async def test_one_that_cannot_be_started_is_tried_again_and_no_traceback() -> None:
    source = SamplerProcess(command=("/no/such/program",))
    waiting = asyncio.create_task(take(source, 1))
    await asyncio.sleep(0)
    assert source.pid is None
    await source.close()
    assert await waiting == []
