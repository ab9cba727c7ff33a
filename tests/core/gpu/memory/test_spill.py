"""VRAM overflowing into system memory: by the figures of a real RX 7900 XT (ggml-org/llama.cpp#26432)."""

from __future__ import annotations

from typing import Literal

from rocmtui.core.gpu.memory.spill import Spill, SpillWatch
from rocmtui.core.gpu.reading import GpuReading, MemoryUser

GB = 10**9
PCI = "0000:03:00.0"


def card(vram: float, gtt: float, kind: Literal["discrete", "apu"] = "discrete") -> GpuReading:
    return GpuReading(
        pci=PCI,
        name="RX 7900 XT",
        kind=kind,
        vram_total_bytes=int(20.46 * GB),
        vram_used_bytes=int(vram * GB),
        gtt_used_bytes=int(gtt * GB),
    )


def watch(gtt_before: float = 0.1) -> SpillWatch:
    spill = SpillWatch()
    spill.set_baseline(card(0.5, gtt_before))
    return spill


def test_healthy_load_does_not_spill() -> None:
    spill = watch()
    assert spill.observe(card(18.60, 0.43)) is None
    assert spill.peak_bytes == 0


def test_full_card_whose_gtt_jumps_spills() -> None:
    spill = watch()
    assert spill.observe(card(19.95, 0.62)) is None
    assert spill.observe(card(19.95, 14.6)) == Spill(pci=PCI, spilled_bytes=int(14.5 * GB))
    assert spill.peak_bytes == int(14.5 * GB)


def test_gtt_of_a_card_with_room_is_no_spill() -> None:
    assert watch().observe(card(12, 14.6)) is None


def test_gtt_used_before_the_server_is_not_its_spill() -> None:
    assert watch(gtt_before=14.0).observe(card(19.95, 14.6)) is None


def test_a_spill_that_wavers_is_one_spill() -> None:
    spill = watch()
    states = [spill.observe(card(19.95, gtt)) is not None for gtt in (1.3, 1.0, 0.5, 1.0, 1.3)]
    assert states == [True, True, False, False, True]


def test_evicted_memory_of_the_server_proves_it() -> None:
    user = MemoryUser(pci=PCI, pid=1, name="llama-server", evicted_bytes=GB, is_server=True)
    found = watch().observe(card(17, 0.4), [user])
    assert found == Spill(pci=PCI, spilled_bytes=GB, evicted_bytes=GB)
    assert found.is_proven


def test_evicted_memory_of_another_program_does_not() -> None:
    user = MemoryUser(pci=PCI, pid=1, name="game", evicted_bytes=GB)
    assert watch().observe(card(17, 0.4), [user]) is None


def test_apu_cannot_spill() -> None:
    assert watch().observe(card(20.4, 14.6, "apu")) is None


def test_unknown_use_says_nothing() -> None:
    spill = watch()
    assert spill.observe(GpuReading(pci=PCI, name="c", gtt_used_bytes=5 * GB)) is None
    assert spill.peak_bytes is None


def test_card_of_which_the_server_holds_nothing_is_anothers_business() -> None:
    user = MemoryUser(pci=PCI, pid=1, name="llama-server", vram_bytes=0, gtt_bytes=0, is_server=True)
    assert watch().observe(card(19.95, 14.6), [user]) is None
