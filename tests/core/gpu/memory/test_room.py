"""What of a card's memory a server can have."""

import msgspec

from rocmtui.core.gguf.split import Split
from rocmtui.core.gpu.memory.devices import device_rooms
from rocmtui.core.gpu.memory.room import (
    chosen_words,
    device_free_bytes,
    free_bytes,
    memory_bytes,
    pool_used_bytes,
)
from rocmtui.core.gpu.reading import GpuReading

APU = GpuReading(
    pci="0000:00:01.0",
    name="780M",
    kind="apu",
    vram_total_bytes=512,
    pool_bytes=90_000,
    pool="gtt",
    gtt_used_bytes=1_000,
)
CARD = GpuReading(pci="0000:03:00.0", name="card", vram_total_bytes=24_000, vram_used_bytes=4_000)


def test_free_memory_is_of_the_pool_the_server_allocates_from() -> None:
    assert (memory_bytes(APU), free_bytes(APU, None)) == (90_000, 89_000)
    assert (memory_bytes(CARD), free_bytes(CARD, 5)) == (24_000, 20_000)


def test_an_apu_has_no_more_left_than_the_system() -> None:
    assert free_bytes(APU, 7_000) == 7_000
    assert free_bytes(APU, 95_000) == 89_000


def test_a_figure_that_is_missing_leaves_the_rest_unknown() -> None:
    assert free_bytes(GpuReading(pci="p", name="n", vram_total_bytes=24_000), 5) is None
    assert memory_bytes(GpuReading(pci="p", name="n")) is None


def test_vulkan_has_both_heaps_of_an_apu() -> None:
    apu = msgspec.structs.replace(APU, gtt_total_bytes=100_000, vram_used_bytes=12)
    assert memory_bytes(apu, "Vulkan") == 100_512
    assert free_bytes(apu, None, "Vulkan") == 500 + 99_000
    assert free_bytes(apu, 7_000, "Vulkan") == 500 + 7_000
    assert (memory_bytes(CARD, "Vulkan"), free_bytes(CARD, 5, "Vulkan")) == (24_000, 20_000)


def test_memory_of_two_names_is_used_by_either() -> None:
    unified = msgspec.structs.replace(APU, is_unified=True, vram_used_bytes=200)
    assert pool_used_bytes(unified) == 1_200
    twice = msgspec.structs.replace(unified, gtt_used_bytes=80_000, vram_used_bytes=79_000)
    assert pool_used_bytes(twice) == 80_000
    assert memory_bytes(unified, "Vulkan") == 90_000


def test_a_partition_has_no_more_than_its_share() -> None:
    parted = msgspec.structs.replace(CARD, partition_bytes=(6_000, 2_000))
    assert device_free_bytes(parted, None) == (6_000, 2_000)
    fuller = msgspec.structs.replace(parted, vram_used_bytes=20_000)
    assert device_free_bytes(fuller, None) == (3_000, 1_000)
    assert device_free_bytes(CARD, None) == (20_000,)


def test_each_card_takes_its_share_and_the_tightest_is_named() -> None:
    other = msgspec.structs.replace(CARD, index=1, vram_used_bytes=14_000)
    rooms = device_rooms((CARD, other), None, "ROCm", Split())
    assert rooms is not None
    assert [(room.name, room.free_bytes, round(room.share, 2)) for room in rooms] == [
        ("GPU 0 card", 20_000, 0.67),
        ("GPU 1 card", 10_000, 0.33),
    ]
    unknown = msgspec.structs.replace(CARD, vram_used_bytes=None)
    assert device_rooms((CARD, unknown), None, "ROCm", Split()) is None


def test_only_the_chosen_partitions_are_rooms() -> None:
    parted = msgspec.structs.replace(CARD, partition_bytes=(6_000, 2_000), chosen_partitions=(1,))
    rooms = device_rooms((parted,), None, "ROCm", Split())
    assert rooms is not None
    assert [(room.name, room.free_bytes) for room in rooms] == [("GPU 0 card partition 1", 2_000)]
    assert (memory_bytes(parted), chosen_words(parted)) == (2_000, " partition 1")
    fuller = msgspec.structs.replace(parted, vram_used_bytes=20_000)
    assert device_free_bytes(fuller, None) == (1_000,)
