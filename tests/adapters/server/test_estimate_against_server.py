"""The estimated cache against what the real server's log says it allocated, to the digits it prints."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rocmtui.adapters.models.gguf_file import read_gguf
from rocmtui.core.gguf.info import ModelMemory, describe
from rocmtui.core.gguf.vram_estimate import CacheOptions, VramEstimate, estimate_total

pytestmark = pytest.mark.llama
KV_LINE = re.compile(r"KV buffer size =\s+([\d.]+) MiB")


def memory_of(path: Path) -> ModelMemory:
    return describe([read_gguf(path)], str(path), path.stem).memory


def server_says(path: Path, *flags: str) -> tuple[list[float], int]:
    """MiB of each cache, and the context of a slot, from the log of a server that is then stopped."""
    pytest.importorskip("xllamacpp")
    command = [sys.executable, "-m", "rocmtui.embedded.llama.server", "-m", str(path), "--port", "0"]
    options = ["-lv", "4", "-fit", "off", "--no-warmup", *flags]
    caches: list[float] = []
    with subprocess.Popen(
        [*command, *options], stderr=subprocess.PIPE, text=True, errors="replace"
    ) as server:
        assert server.stderr is not None
        try:
            for line in server.stderr:
                if found := KV_LINE.search(line):
                    caches.append(float(found[1]))
                if found := re.search(r"n_slots = \d+, n_ctx_slot = (\d+)", line):
                    return caches, int(found[1])
        finally:
            server.kill()
    raise AssertionError("the server ended before it had slots")


def as_logged(estimate: VramEstimate) -> list[float]:
    sizes = (estimate.kv_full_bytes, estimate.kv_swa_bytes)
    return [float(f"{size / 1024 / 1024:.2f}") for size in sizes if size]


def flags_of(slots: int, ctx_total: int, options: CacheOptions) -> list[str]:
    types = ["-ctk", options.cache_type_k, "-ctv", options.cache_type_v]
    unified = "-kvu" if options.unified else "-no-kvu"
    swa = ["--swa-full"] if options.swa_full else []
    return ["-np", str(slots), "-c", str(ctx_total), "-ub", str(options.ubatch), unified, *types, *swa]


@pytest.mark.parametrize(
    ("slots", "ctx_total", "options"),
    [
        (1, 4096, CacheOptions()),
        (4, 8192, CacheOptions(cache_type_k="q8_0", cache_type_v="q8_0")),
        (8, 8192, CacheOptions(unified=True, cache_type_k="q4_0", cache_type_v="q4_0")),
        (3, 1000, CacheOptions(cache_type_k="q5_1", cache_type_v="f16")),
        (5, 1281, CacheOptions(unified=True)),
        (2, 100_000, CacheOptions(cache_type_k="iq4_nl", cache_type_v="q4_1")),
        (4, 16_384, CacheOptions(swa_full=True, ubatch=128)),
    ],
)
def test_sliding_window_model(demo_model: Path, slots: int, ctx_total: int, options: CacheOptions) -> None:
    estimate = estimate_total(memory_of(demo_model), slots, ctx_total, options)
    caches, slot_ctx = server_says(demo_model, *flags_of(slots, ctx_total, options))
    assert (as_logged(estimate), estimate.slot_ctx) == (caches, slot_ctx)


@pytest.mark.parametrize(
    ("slots", "ctx_total", "options"),
    [
        (4, 8192, CacheOptions()),
        (7, 30_000, CacheOptions(unified=True, cache_type_k="q5_0", cache_type_v="q5_0")),
        (16, 90_001, CacheOptions(cache_type_k="f32", cache_type_v="bf16")),
    ],
)
def test_full_attention_model(tiny_model: Path, slots: int, ctx_total: int, options: CacheOptions) -> None:
    estimate = estimate_total(memory_of(tiny_model), slots, ctx_total, options)
    caches, slot_ctx = server_says(tiny_model, *flags_of(slots, ctx_total, options))
    assert (as_logged(estimate), estimate.slot_ctx) == (caches, slot_ctx)
