"""What of a card's memory a server can have."""

from rocmtui.core.gpu.memory.room import free_bytes, memory_bytes
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
