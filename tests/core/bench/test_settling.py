"""When a machine is at rest."""

from __future__ import annotations

import pytest

from rocmtui.core.bench.settling import MachineReading, unsettled, with_gpus, with_host
from rocmtui.core.gpu.reading import GpuReading, GpuSample, MemoryUser
from rocmtui.core.host.sample import HostSample, MachineLoad, Pressure

START = MachineReading(cores=8, busy_cores=0.1, hottest_c=40.0, gpu_users=("Xorg",))


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (START, None),
        (MachineReading(cores=8, busy_cores=0.79), None),
        (MachineReading(cores=8, busy_cores=0.81), "other programs keep 0.8 cores busy"),
        (MachineReading(cores=2, busy_cores=0.45), None),
        (MachineReading(hottest_c=50.0), None),
        (MachineReading(hottest_c=71.0), "a card is at 71°C, it began at 40°C"),
        (
            MachineReading(gpu_users=("Xorg", "ollama")),
            "a card's memory is used by ollama since the bench began",
        ),
        (MachineReading(stalled=0.05), None),
        (MachineReading(stalled=0.4), "memory is short: everything stands still for it 40 % of the time"),
        (MachineReading(), None),
    ],
)
def test_reasons_to_wait(now: MachineReading, reason: str | None) -> None:
    assert unsettled(now, START) == (() if reason is None else (reason,))


def test_a_card_that_began_hot_may_stay_so() -> None:
    hot = MachineReading(hottest_c=70.0)
    assert unsettled(MachineReading(hottest_c=79.0), hot) == ()
    assert len(unsettled(MachineReading(hottest_c=81.0), hot)) == 1


def test_the_hottest_card_and_foreign_users_are_read_from_the_sample() -> None:
    sample = GpuSample(
        at_ns=1,
        gpus=(
            GpuReading(pci="a", name="x", junction_c=60.0),
            GpuReading(pci="b", name="y", edge_c=65.0),
        ),
        users=(
            MemoryUser(pci="a", pid=1, name="llama-server", vram_bytes=5, is_server=True),
            MemoryUser(pci="a", pid=2, name="blender\x1b[31m", vram_bytes=5),
            MemoryUser(pci="a", pid=3, name="idle", vram_bytes=0),
        ),
    )
    seen = with_gpus(MachineReading(cores=2), sample)
    assert (seen.hottest_c, seen.gpu_users, seen.cores) == (65.0, ("blender",), 2)
    assert with_gpus(MachineReading(), None) == MachineReading()


def test_what_stands_still_is_read_from_the_host() -> None:
    sample = HostSample(at_ns=1, machine=MachineLoad(pressure=Pressure(memory_full=0.3)))
    assert with_host(MachineReading(), sample).stalled == 0.3
    assert with_host(MachineReading(), None).stalled is None
