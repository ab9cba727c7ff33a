"""What tells an APU, however little of it the kernel shows; and the pool that follows."""

import pytest

from rocmtui.core.gpu.memory.kind import KindEvidence, is_apu, is_unified
from rocmtui.core.gpu.memory.pool import choose_pool

GIB = 1 << 30


@pytest.mark.parametrize(
    ("seen", "apu"),
    [
        (KindEvidence(device_id=0x1586), True),
        (KindEvidence(device_id=0x74A0, metrics_kind="discrete"), True),
        (KindEvidence(name="AMD Radeon Vega 8 Graphics"), True),
        (KindEvidence(name="AMD Radeon RX 480 Graphics"), False),
        (KindEvidence(name="AMD Radeon RX 7600S"), False),
        (KindEvidence(metrics_kind="apu"), True),
        (KindEvidence(measures_north_bridge=True), True),
        (KindEvidence(shares_cpu_node=True), True),
        (KindEvidence(heap_is_system=True), True),
        (KindEvidence(vram_bytes=0, gtt_bytes=GIB), True),
        (KindEvidence(heap_bytes=120 * GIB, vram_bytes=GIB, gtt_bytes=120 * GIB), True),
        (KindEvidence(heap_bytes=24 * GIB, vram_bytes=24 * GIB, gtt_bytes=24 * GIB), False),
        (KindEvidence(metrics_kind="discrete", heap_bytes=GIB, vram_bytes=2 * GIB, gtt_bytes=GIB), False),
        (KindEvidence(), False),
    ],
)
def test_an_apu_is_told_by_what_all_sources_say(seen: KindEvidence, apu: bool) -> None:
    assert is_apu(seen) is apu


def test_mi300a_has_one_memory() -> None:
    assert is_unified(KindEvidence(device_id=0x74A0))
    assert not is_unified(KindEvidence(device_id=0x74A1, name="AMD Instinct MI300X"))


@pytest.mark.parametrize(
    ("heap", "vram", "gtt", "only_system", "kind", "size"),
    [
        (None, 1, 120, False, "gtt", 120),
        (120, 1, 120, False, "gtt", 120),
        (120, 1, 62, False, "gtt", 62),
        (96, 96, 16, False, "vram", 96),
        (None, 96, 16, False, "vram", 96),
        (64, 64, 64, False, "vram", 64),
        (128, 128, 128, True, "gtt", 128),
        (30, 64, 30, False, "gtt", 30),
        (15, None, 15, False, "gtt", 15),
    ],
)
def test_an_apu_has_one_pool_within_gtts_limit(
    heap: int | None, vram: int | None, gtt: int, only_system: bool, kind: str, size: int
) -> None:
    pool = choose_pool(is_apu=True, heap_bytes=heap, vram_bytes=vram, gtt_bytes=gtt, only_system=only_system)
    assert (pool.kind, pool.size_bytes) == (kind, size)
