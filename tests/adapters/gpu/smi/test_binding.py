"""Real pyrsmi in a real sampler process, over a C stub of AMD's library."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from rocmtui.adapters.gpu.sampler_process import SamplerProcess
from rocmtui.adapters.gpu.smi.search import find_library
from rocmtui.core.gpu.reading import GpuSample
from rocmtui.core.gpu.sampler.messages import SamplerSettings
from rocmtui.core.gpu.sampler.policy import DEAD_NS, STALE_NS
from tests.fakes.amdsmi_stub import AmdSmiStub
from tests.fakes.gpu_tree import write_card

GIB = 1 << 30
MEMORY = {
    "mem_info_vram_total": str(24 * GIB),
    "mem_info_vram_used": str(20 * GIB),
    "mem_info_gtt_total": str(32 * GIB),
    "mem_info_gtt_used": str(GIB),
}
ANSWERS = (
    "cards 2",
    "0.bdf 0x300",
    "1.bdf 0x10c00",
    *(f"0.{key} {value}" for key, value in (("vram_total", 24 * GIB), ("vram_used", 20 * GIB + 4096))),
    *(f"0.{key} {value}" for key, value in (("gtt_total", 32 * GIB), ("gtt_used", GIB))),
    "0.name AMD Radeon RX 7900 XTX",
    "0.busy 93",
)


class Silence:
    """A clock that jumps over the silence after each sample: to stale, then to dead."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns

    def after(self, sample: GpuSample) -> None:
        self.now_ns += DEAD_NS - STALE_NS if sample.stale else STALE_NS


Sampling = Callable[..., Awaitable[list[GpuSample]]]


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> AmdSmiStub:
    return AmdSmiStub(tmp_path_factory.mktemp("rocm"))


@pytest.fixture
async def sampled(
    stub: AmdSmiStub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Sampling]:
    """Starts a sampler over one card and returns its first samples."""
    for name, value in stub.environ().items():
        monkeypatch.setenv(name, value)
    started: list[SamplerProcess] = []

    async def take(count: int, *answers: str, clock: Silence | None = None, **files: str) -> list[GpuSample]:
        stub.say(*answers)
        write_card(tmp_path, **{**MEMORY, **files})
        settings = SamplerSettings(root=str(tmp_path), period_s=0.02, dev=str(tmp_path))
        process = SamplerProcess(settings, monotonic_ns=clock or time.monotonic_ns)
        started.append(process)
        samples = []
        async for sample in process.samples():
            samples.append(sample)
            if clock is not None and len(samples) <= 6:
                clock.after(sample)
            if len(samples) == count:
                break
        return samples

    yield take
    for process in started:
        await process.close()


async def test_handles_above_4_gib_reach_the_library_whole(sampled: Sampling) -> None:
    first, second = await sampled(2, *ANSWERS)
    assert first.gpus[0].sources["vram_used_bytes"] == "sysfs mem_info_vram_used"
    (gpu,) = second.gpus
    assert gpu.vram_used_bytes == 20 * GIB + 4096
    assert gpu.sources["vram_used_bytes"] == "pyrsmi, checked with sysfs"
    assert gpu.sources["gtt_used_bytes"] == "pyrsmi, checked with sysfs"


@pytest.mark.parametrize("abi", ["old", "new"])
async def test_library_fills_what_sysfs_lacks(sampled: Sampling, abi: str) -> None:
    (gpu,) = (await sampled(2, f"abi {abi}", *ANSWERS))[-1].gpus
    assert (gpu.name, gpu.sources["name"]) == ("AMD Radeon RX 7900 XTX", "pyrsmi")
    assert (gpu.busy_percent, gpu.sources["busy_percent"]) == (93.0, "pyrsmi")
    assert gpu.power_watts is None


async def test_noise_of_the_library_is_not_a_sample(sampled: Sampling) -> None:
    samples = await sampled(4, "noise 1", *ANSWERS)
    assert [sample.gpus[0].vram_used_bytes for sample in samples[1:]] == [20 * GIB + 4096] * 3


async def test_sysfs_counts_where_the_library_differs(sampled: Sampling) -> None:
    answers = [line for line in ANSWERS if not line.startswith("0.vram_used")]
    sample = (await sampled(5, f"0.vram_used {19 * GIB}", *answers))[-1]
    (gpu,) = sample.gpus
    assert gpu.vram_used_bytes == 20 * GIB
    assert gpu.sources["vram_used_bytes"] == "sysfs mem_info_vram_used"
    assert any("sysfs counts" in note for note in sample.notes)


async def test_errors_of_the_library_leave_sysfs(sampled: Sampling) -> None:
    (gpu,) = (await sampled(3, "status memory_usage 2", *ANSWERS))[-1].gpus
    assert gpu.vram_used_bytes == 20 * GIB
    assert gpu.sources["vram_used_bytes"] == "sysfs mem_info_vram_used"


async def test_library_that_does_not_start_is_one_calm_sentence(sampled: Sampling) -> None:
    sample = (await sampled(2, "status init 34", *ANSWERS))[-1]
    assert sample.gpus[0].vram_used_bytes == 20 * GIB
    (note,) = [note for note in sample.notes if "SMI library" in note]
    assert note.endswith("Processor driver not loaded; using sysfs alone.")


async def test_sleeping_card_is_not_woken(sampled: Sampling) -> None:
    sample = (await sampled(2, "abort init", *ANSWERS, power__runtime_status="suspended\n"))[-1]
    (gpu,) = sample.gpus
    assert (gpu.runtime_status, gpu.vram_used_bytes) == ("suspended", 20 * GIB)
    assert any("would wake" in note for note in sample.notes)


async def test_library_that_aborts_is_given_up_on(sampled: Sampling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rocmtui.core.gpu.sampler.policy.FIRST_DELAY_NS", 1_000_000)
    samples = await sampled(6, "abort init", *ANSWERS)
    assert [sample.gpus[0].vram_used_bytes for sample in samples] == [20 * GIB] * 6
    assert "failed three times" in samples[-1].notes[-1]


async def test_library_that_hangs_is_killed_and_given_up_on(
    sampled: Sampling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rocmtui.core.gpu.sampler.policy.FIRST_DELAY_NS", 1_000_000)
    monkeypatch.setattr("rocmtui.adapters.gpu.sampler_process._POLL_S", 0.02)
    clock = Silence()
    samples = await sampled(9, "hang memory_usage", *ANSWERS, clock=clock)
    assert [sample.stale for sample in samples] == [False, True] * 3 + [False] * 3
    assert "failed three times" in samples[-1].notes[-1]


async def test_no_library_at_all_is_one_calm_sentence(
    sampled: Sampling, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if find_library(environ={}).path is not None:
        pytest.skip("AMD's real library is installed here")
    monkeypatch.setenv("ROCM_PATH", str(tmp_path / "nowhere"))
    notes = (await sampled(2, *ANSWERS))[-1].notes
    (note,) = [note for note in notes if "SMI library" in note]
    assert note.startswith(f"AMD's SMI library is not installed (looked in {tmp_path}/nowhere/lib, ")
