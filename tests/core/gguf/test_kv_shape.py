"""Which layers of which architecture keep what."""

from collections.abc import Mapping

from rocmtui.core.gguf.kv_shape import KvShape, kv_shape
from rocmtui.core.gguf.parser import parse_gguf
from tests.fakes.gguf_bytes import gguf_bytes


def shape(architecture: str, metadata: Mapping[str, object]) -> KvShape:
    keys = {f"{architecture}.{key}": item for key, item in metadata.items()}
    data = gguf_bytes({"general.architecture": architecture, **keys})
    return kv_shape(parse_gguf(lambda offset, length: data[offset : offset + length], len(data)))


def test_heads_are_the_embedding_divided_where_nothing_else_is_said() -> None:
    found = shape("llama", {"block_count": 32, "embedding_length": 4096, "attention.head_count": 32})
    assert found == KvShape(full_k=32 * 4096, full_v=32 * 4096, widest_k=4096)


def test_grouped_queries_and_unequal_lengths() -> None:
    keys = {
        "block_count": 2,
        "embedding_length": 512,
        "attention.head_count": 8,
        "attention.head_count_kv": 2,
        "attention.key_length": 128,
        "attention.value_length": 64,
    }
    assert shape("llama", keys) == KvShape(full_k=512, full_v=256, widest_k=256)


def test_gemma3_sees_all_in_every_sixth_layer() -> None:
    keys = {
        "block_count": 18,
        "embedding_length": 640,
        "attention.head_count": 4,
        "attention.head_count_kv": 1,
        "attention.key_length": 256,
        "attention.value_length": 256,
        "attention.sliding_window": 512,
    }
    assert shape("gemma3", keys) == KvShape(
        full_k=768, full_v=768, swa_k=3840, swa_v=3840, n_swa=512, widest_k=256
    )


SMALL = {
    "block_count": 4,
    "embedding_length": 64,
    "attention.head_count": 1,
    "attention.sliding_window": 8,
}


def test_a_pattern_in_the_file_wins_over_the_architecture() -> None:
    assert shape("gemma3", SMALL | {"attention.sliding_window_pattern": 2}).full_k == 128
    assert (
        shape("gemma3", SMALL | {"attention.sliding_window_pattern": (True, False, False, True)}).full_k
        == 128
    )
    assert shape("gemma3", SMALL | {"attention.sliding_window_pattern": (True,) * 4}).full_k == 0


def test_an_architecture_without_pattern_ignores_the_window() -> None:
    assert shape("phi3", SMALL) == KvShape(full_k=256, full_v=256, widest_k=64)


def test_exaone4_heeds_its_window_in_the_large_model_alone() -> None:
    assert shape("exaone4", SMALL).swa_k == 0
    assert shape("exaone4", SMALL | {"block_count": 64}).swa_k == 48 * 64


def test_sliding_layers_can_have_heads_of_their_own_length() -> None:
    found = shape("gemma2", SMALL | {"attention.key_length_swa": 16})
    assert (found.full_k, found.swa_k) == (128, 32)


def test_layers_that_share_or_only_predict_keep_nothing() -> None:
    plain = {"block_count": 4, "embedding_length": 64, "attention.head_count": 1}
    assert shape("gemma4", plain | {"attention.shared_kv_layers": 3}).full_k == 64
    assert shape("glm4moe", plain | {"nextn_predict_layers": 1}).full_k == 192


def test_compressed_attention_keeps_no_values() -> None:
    keys = {
        "block_count": 2,
        "embedding_length": 64,
        "attention.head_count": 16,
        "attention.head_count_kv": 1,
        "attention.key_length": 576,
        "attention.value_length": 512,
        "attention.key_length_mla": 192,
    }
    assert shape("deepseek2", keys) == KvShape(full_k=1152, full_v=0, widest_k=576)


SSM = {"ssm.conv_kernel": 4, "ssm.inner_size": 128, "ssm.state_size": 16, "ssm.group_count": 1}
SSM_BYTES = 4 * (3 * (128 + 2 * 16) + 128 * 16)


def test_mamba_keeps_state_alone() -> None:
    keys = {"block_count": 2, "embedding_length": 64, "attention.head_count": 0} | SSM
    assert shape("mamba2", keys) == KvShape(recurrent_bytes=2 * SSM_BYTES)


def test_hybrids_name_their_attention_layers_by_interval_or_by_heads() -> None:
    base = {"block_count": 4, "embedding_length": 64, "attention.head_count": 4}
    by_interval = shape("qwen3next", base | SSM | {"full_attention_interval": 4})
    by_heads = shape("jamba", base | SSM | {"attention.head_count_kv": (0, 0, 0, 4)})
    by_list = shape("qwen4", base | SSM | {"attention.recurrent_layers": (True, True, True, False)})
    expected = KvShape(full_k=64, full_v=64, recurrent_bytes=3 * SSM_BYTES, widest_k=64)
    assert (by_interval, by_heads, by_list) == (expected, expected, expected)


def test_falcon_h1_has_both_in_every_layer() -> None:
    found = shape("falcon-h1", {"block_count": 2, "embedding_length": 64, "attention.head_count": 1} | SSM)
    assert found == KvShape(full_k=128, full_v=128, recurrent_bytes=2 * SSM_BYTES, widest_k=64)


def test_short_convolutions_and_rwkv() -> None:
    base = {"block_count": 2, "embedding_length": 64, "attention.head_count": 1}
    lfm2 = shape("lfm2", base | {"attention.head_count_kv": (0, 1), "shortconv.l_cache": 3})
    assert lfm2 == KvShape(full_k=64, full_v=64, recurrent_bytes=4 * 64 * 2, widest_k=64)
    rwkv = shape("rwkv7", {"block_count": 2, "embedding_length": 64, "wkv.head_size": 16})
    assert rwkv == KvShape(recurrent_bytes=2 * 4 * 64 * (2 + 16))


def test_absurd_metadata_is_bounded() -> None:
    found = shape(
        "llama", {"block_count": 2**32 - 1, "embedding_length": 2**32 - 1, "attention.head_count": 1}
    )
    assert found.full_k == 4096 * (2**32 - 1)
    assert shape("llama", {}) == KvShape()
