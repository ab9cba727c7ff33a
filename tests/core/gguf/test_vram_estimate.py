"""The estimate against what llama-server's log said for Gemma 3 270M, and the searches built on it."""

import pytest

from rocmtui.core.gguf.info import ModelMemory
from rocmtui.core.gguf.kv_shape import KvShape
from rocmtui.core.gguf.vram_estimate import (
    DEFAULTS,
    CacheOptions,
    estimate,
    estimate_total,
    max_ctx_per_slot,
    max_slots,
)
from rocmtui.errors import UsageError

MIB = 1 << 20
GEMMA = ModelMemory(
    weights_bytes=246_587_904,
    kv=KvShape(full_k=768, full_v=768, swa_k=3840, swa_v=3840, n_swa=512, widest_k=256),
    n_ctx_train=32_768,
    n_vocab=262_144,
    n_embd=640,
    n_heads=4,
    n_ff=2048,
)
UNIFIED = CacheOptions(unified=True)
Q8_0 = CacheOptions(cache_type_k="q8_0", cache_type_v="q8_0")
Q4_0 = CacheOptions(cache_type_k="q4_0", cache_type_v="q4_0")


@pytest.mark.parametrize(
    ("slots", "ctx_total", "options", "slot_ctx", "full", "swa", "compute"),
    [
        (1, 4096, DEFAULTS, 4096, 12, 15, 23.3),
        (4, 4096, DEFAULTS, 1024, 12, 60, 20.3),
        (4, 8192, DEFAULTS, 2048, 24, 60, 21.3),
        (8, 8192, DEFAULTS, 1024, 24, 120, 20.3),
        (4, 8192, UNIFIED, 8192, 24, 37.5, 28.8),
        (4, None, DEFAULTS, 32_768, 384, 60, 51.3),
        (4, None, UNIFIED, 32_768, 96, 37.5, 52.8),
        (4, 8192, Q8_0, 2048, 12.75, 31.875, 21.8),
        (4, 8192, Q4_0, 2048, 6.75, 16.875, 21.8),
        (4, 8192, CacheOptions(swa_full=True), 2048, 24, 120, 22.3),
        (4, 8192, CacheOptions(flash_attn=False), 2048, 24, 60, 34.27),
        (1, 16_384, CacheOptions(flash_attn=False), 16_384, 48, 15, 174.27),
        (4, 8192, CacheOptions(ubatch=128), 2048, 24, 45, None),
        (4, 8192, CacheOptions(ubatch=2048), 2048, 24, 120, 89.1),
        (3, 1000, DEFAULTS, 512, 4.5, 22.5, 19.3),
        (2, 100_000, DEFAULTS, 32_768, 294, 30, 68.3),
        (5, 1281, DEFAULTS, 512, 7.5, 37.5, None),
    ],
)
def test_equals_the_servers_own_log(
    slots: int,
    ctx_total: int | None,
    options: CacheOptions,
    slot_ctx: int,
    full: float,
    swa: float,
    compute: float | None,
) -> None:
    found = estimate_total(GEMMA, slots, ctx_total, options)
    assert (found.slot_ctx, found.kv_full_bytes / MIB, found.kv_swa_bytes / MIB) == (slot_ctx, full, swa)
    assert found.kv_bytes == found.kv_full_bytes + found.kv_swa_bytes
    assert found.output_bytes == slots * MIB
    if compute is not None:
        assert found.compute_bytes / MIB == pytest.approx(compute, abs=0.11)


def test_total_is_what_the_gpu_holds() -> None:
    found = estimate(GEMMA, 4, 2048)
    assert found.kv_per_slot_bytes == 21 * MIB
    assert found.weights_bytes + found.kv_bytes == 246_587_904 + 84 * MIB


def test_recurrent_state_costs_slots_but_no_context() -> None:
    mamba = ModelMemory(weights_bytes=0, kv=KvShape(recurrent_bytes=3 * MIB), n_ctx_train=1 << 20)
    assert estimate(mamba, 4, 2048).kv_bytes == 12 * MIB
    assert estimate(mamba, 4, 65_536).kv_bytes == 12 * MIB


def test_most_slots_fit_and_one_more_does_not() -> None:
    free = 3 << 30
    slots = max_slots(GEMMA, free, 32_768)
    assert 0 < slots < 256
    assert estimate(GEMMA, slots, 32_768).fits(free)
    assert not estimate(GEMMA, slots + 1, 32_768).fits(free)


def test_quantising_the_cache_makes_room_for_more_slots() -> None:
    assert max_slots(GEMMA, 3 << 30, 32_768, Q8_0) > max_slots(GEMMA, 3 << 30, 32_768)


def test_nothing_fits_where_the_weights_do_not() -> None:
    assert max_slots(GEMMA, 1 << 30, 512) == 0
    assert max_ctx_per_slot(GEMMA, 1 << 30, 1) == 0


def test_slots_end_where_llama_cpp_refuses_more() -> None:
    assert max_slots(GEMMA, 1 << 50, 512) == 256


def test_longest_context_is_the_models_own_or_what_fits() -> None:
    assert max_ctx_per_slot(GEMMA, 24 << 30, 4) == 32_768
    free = 1600 * MIB
    ctx = max_ctx_per_slot(GEMMA, free, 4)
    assert 0 < ctx < 32_768
    assert ctx % 256 == 0
    assert not estimate(GEMMA, 4, ctx + 256).fits(free)


def test_an_unknown_cache_type_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="q9_9") as caught:
        estimate(GEMMA, 1, 512, CacheOptions(cache_type_v="q9_9"))
    assert "q8_0" in (caught.value.remedy or "")
