"""Bytes a step against sums by hand: six architectures, written with llama.cpp's own gguf package."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest

from rocmtui.adapters.models.gguf_file import read_gguf
from rocmtui.core.limits.bandwidth import Bandwidth
from rocmtui.core.limits.ceiling import ceiling_of
from rocmtui.core.limits.decode import step_seconds
from rocmtui.core.limits.step import (
    CacheUse,
    Placement,
    StepBytes,
    StepModel,
    kv_bytes,
    read_placement,
    step_bytes,
    step_model,
)

EMBD, VOCAB, FF, HEADS, KV_WIDTH = 64, 100, 32, 4, 32
F16 = 2
BLOCK = {"attn_q": EMBD * EMBD, "attn_k": EMBD * KV_WIDTH, "attn_v": EMBD * KV_WIDTH}
HEAD, TABLE = VOCAB * EMBD * F16, VOCAB * EMBD * F16
ATTENTION = (EMBD * EMBD + 2 * EMBD * KV_WIDTH) * F16
DENSE_LAYER = ATTENTION + 3 * EMBD * FF * F16


def model(
    folder: Path,
    arch: str,
    layers: int,
    *,
    head: bool = True,
    experts: int = 0,
    shared: bool = False,
    **keys: object,
) -> StepModel:
    """Tensors of f16: attention in every layer, a feed-forward or experts, and the embedding."""
    path = folder / f"{arch}.gguf"
    writer = gguf.GGUFWriter(path, arch)
    writer.add_block_count(layers)
    writer.add_embedding_length(EMBD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS // 2)
    for key, value in keys.items():
        add = writer.add_array if isinstance(value, list) else writer.add_uint32
        add(f"{arch}.{key.replace('__', '.')}", value)
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (VOCAB, EMBD)}
    if head:
        shapes["output.weight"] = (VOCAB, EMBD)
    for layer in range(layers):
        names = {"attn_q": (EMBD, EMBD), "attn_k": (KV_WIDTH, EMBD), "attn_v": (KV_WIDTH, EMBD)}
        each = ("ffn_gate", "ffn_up", "ffn_down")
        names |= {f"{name}_exps": (experts, FF, EMBD) for name in each} if experts else {}
        names |= {f"{name}_shexp": (FF, EMBD) for name in each} if shared else {}
        names |= {} if experts else dict.fromkeys(each, (FF, EMBD))
        shapes |= {f"blk.{layer}.{name}.weight": shape for name, shape in names.items()}
    for name, shape in shapes.items():
        writer.add_tensor(name, np.zeros(shape, dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return step_model([read_gguf(path)])


def total(read: StepBytes) -> int:
    return read.card_weights + read.host_weights + read.card_kv + read.host_kv


def test_dense(tmp_path: Path) -> None:
    """All layers and the head; not the table of embeddings. K and V of 32 f16 a token and layer."""
    found = step_bytes(model(tmp_path, "llama", 2), 1, CacheUse(depth=10))
    assert found.card_weights == 2 * DENSE_LAYER + HEAD
    assert found.card_kv == 10 * 2 * (KV_WIDTH + KV_WIDTH) * F16
    assert (found.host_weights, found.host_kv) == (0, 0)


def test_tied_head_is_read_whole(tmp_path: Path) -> None:
    assert (
        total(step_bytes(model(tmp_path, "gemma", 2, head=False), 1, CacheUse())) == 2 * DENSE_LAYER + TABLE
    )


def test_mixture_of_experts(tmp_path: Path) -> None:
    """2 of 8 experts for one sequence; of two sequences 1 - (3/4)^2 = 7/16 of them."""
    moe = model(tmp_path, "qwen3moe", 2, experts=8, expert_count=8, expert_used_count=2)
    experts = 8 * 3 * FF * EMBD * F16
    rest = 2 * ATTENTION + HEAD
    assert moe.kind == "moe"
    assert total(step_bytes(moe, 1, CacheUse())) == rest + 2 * experts // 4
    assert total(step_bytes(moe, 2, CacheUse())) == rest + 2 * experts * 7 // 16
    assert moe.active_weights == (rest + 2 * experts // 4) // F16


def test_shared_experts_are_read_whole(tmp_path: Path) -> None:
    shared = model(tmp_path, "deepseek2", 1, experts=4, shared=True, expert_count=4, expert_used_count=1)
    experts = 4 * 3 * FF * EMBD * F16
    assert total(step_bytes(shared, 1, CacheUse())) == ATTENTION + 3 * FF * EMBD * F16 + experts // 4 + HEAD


def test_sliding_windows_end_at_their_length(tmp_path: Path) -> None:
    """gemma3: five of six layers see 16 tokens, one all 100."""
    swa = model(tmp_path, "gemma3", 6, attention__sliding_window=16)
    row = 2 * KV_WIDTH * F16
    assert kv_bytes(swa.kv, CacheUse(depth=100)) == (5 * 16 + 100) * row
    assert kv_bytes(swa.kv, CacheUse(depth=10)) == 6 * 10 * row
    q8 = kv_bytes(swa.kv, CacheUse(depth=100, type_k="q8_0", type_v="q8_0"))
    assert q8 == (5 * 16 + 100) * 2 * KV_WIDTH * 34 / 32


def test_recurrent_layers_keep_a_state_of_one_size(tmp_path: Path) -> None:
    """qwen3next: every second layer has attention, the others a state of 4 x (16 + 2 x 8) x ... f32."""
    hybrid = model(
        tmp_path,
        "qwen3next",
        4,
        full_attention_interval=2,
        ssm__conv_kernel=4,
        ssm__inner_size=16,
        ssm__state_size=8,
        ssm__group_count=1,
    )
    state = (3 * (16 + 2 * 8) + 16 * 8) * 4
    assert kv_bytes(hybrid.kv, CacheUse(depth=50)) == 2 * 50 * 2 * KV_WIDTH * F16 + 2 * state
    assert kv_bytes(hybrid.kv, CacheUse(depth=0)) == 2 * state


def test_draft_heads_are_apart(tmp_path: Path) -> None:
    mtp = model(tmp_path, "glm4moe", 3, nextn_predict_layers=1)
    assert total(step_bytes(mtp, 1, CacheUse())) == 2 * DENSE_LAYER + HEAD


def test_two_files_are_one_model(tmp_path: Path) -> None:
    one, other = tmp_path / "a", tmp_path / "b"
    one.mkdir()
    other.mkdir()
    model(one, "llama", 2)
    model(other, "llama", 2)
    parts = [read_gguf(one / "llama.gguf"), read_gguf(other / "llama.gguf")]
    assert total(step_bytes(step_model(parts), 1, CacheUse())) == 2 * (2 * DENSE_LAYER + HEAD)


@pytest.mark.parametrize(
    ("words", "on_host"),
    [
        ((), 0),
        (("-ngl", "99"), 0),
        (("-ngl", "2"), DENSE_LAYER),
        (("--gpu-layers=0",), 2 * DENSE_LAYER + HEAD),
        (("-ot", "blk\\.1\\.ffn=CPU"), 3 * EMBD * FF * F16),
        (("-ot", "ffn_up=ROCm1"), 0),
        (("-ot", "([=CPU"), 0),
    ],
)
def test_what_lies_in_system_memory(tmp_path: Path, words: tuple[str, ...], on_host: int) -> None:
    """-ngl 2 of a model of two layers: the output and the last layer."""
    dense = model(tmp_path, "llama", 2)
    found = step_bytes(dense, 1, CacheUse(), read_placement(words, has_card=True))
    assert found.host_weights == on_host
    assert total(found) == 2 * DENSE_LAYER + HEAD


def test_experts_of_the_first_layers_on_the_processor(tmp_path: Path) -> None:
    moe = model(tmp_path, "qwen3moe", 2, experts=8, expert_count=8, expert_used_count=2)
    used = 2 * 3 * FF * EMBD * F16
    assert step_bytes(moe, 1, CacheUse(), read_placement(("-ncmoe", "1"), has_card=True)).host_weights == used
    assert (
        step_bytes(moe, 1, CacheUse(), read_placement(("--cpu-moe",), has_card=True)).host_weights == 2 * used
    )


def test_without_a_card_all_is_in_system_memory(tmp_path: Path) -> None:
    found = step_bytes(model(tmp_path, "llama", 2), 2, CacheUse(depth=10), read_placement((), has_card=False))
    assert (found.card_weights, found.card_kv) == (0, 0)
    assert found.host_kv == 2 * 10 * 2 * 2 * KV_WIDTH * F16
    assert Placement(gpu_layers=0) == read_placement(("-ngl", "99"), has_card=False)


def test_the_ceiling_of_a_ready_server_is_that_of_its_steps(tmp_path: Path) -> None:
    moe = model(tmp_path, "qwen3moe", 2, experts=8, expert_count=8, expert_used_count=2)
    cache, placement = CacheUse(depth=50, type_k="q8_0"), Placement(gpu_layers=2)
    card, host = (Bandwidth(bytes_per_s=speed, source="") for speed in (8e6, 1e6))
    ceiling = ceiling_of(moe, placement, cache, device="x", card=card, host=host)
    for streams in (1, 3):
        seconds = step_seconds(step_bytes(moe, streams, cache, placement), card, host)
        assert seconds is not None
        assert ceiling.limit_tps(streams, 50) == pytest.approx(streams / seconds, rel=1e-4)
    blind = ceiling_of(moe, placement, cache, device="x", card=card, host=None)
    assert blind.limit_tps(1, 0) is None
