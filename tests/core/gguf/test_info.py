"""From headers to what a list of models shows."""

import pytest

from rocmtui.core.gguf.header import GgufError, GgufInfo
from rocmtui.core.gguf.info import describe, is_model
from rocmtui.core.gguf.parser import parse_gguf
from tests.fakes.gguf_bytes import Tensor, gguf_bytes

LLAMA = {
    "general.architecture": "llama",
    "general.name": "Tiny",
    "llama.context_length": 4096,
    "llama.block_count": 1,
    "llama.embedding_length": 32,
    "llama.feed_forward_length": 64,
    "tokenizer.ggml.tokens": ("a", "b", "c"),
}
EMBEDDING: Tensor = ("token_embd.weight", (32, 3), 0, 0)
OUTPUT: Tensor = ("output.weight", (32, 3), 8, 384)


def header(metadata: dict[str, object], *tensors: Tensor) -> GgufInfo:
    data = gguf_bytes(metadata, tensors, bytes(1000))
    return parse_gguf(lambda offset, length: data[offset : offset + length], len(data))


def test_what_is_shown_of_a_model() -> None:
    found = describe([header(LLAMA | {"general.file_type": 7}, EMBEDDING, OUTPUT)], "/m/tiny.gguf", "tiny")
    assert (found.name, found.title, found.architecture) == ("tiny", "Tiny", "llama")
    assert (found.quantization, found.n_params, found.n_ctx_train) == ("Q8_0", 192, 4096)
    assert (found.n_layers, found.n_vocab, found.n_experts, found.parts) == (1, 3, None, 1)
    assert found.problem is None


def test_the_embedding_stays_in_system_memory_unless_it_is_the_output_too() -> None:
    apart = describe([header(LLAMA, EMBEDDING, OUTPUT)], "", "").memory
    tied = describe([header(LLAMA, EMBEDDING)], "", "").memory
    assert (apart.weights_bytes, apart.host_weights_bytes) == (102, 384)
    assert (tied.weights_bytes, tied.host_weights_bytes) == (384, 0)


def test_without_a_file_type_most_weights_decide() -> None:
    assert describe([header(LLAMA, EMBEDDING, OUTPUT)], "", "").quantization == "F32"
    assert describe([header(LLAMA | {"general.file_type": 999}, OUTPUT)], "", "").quantization == "Q8_0"
    assert describe([header(LLAMA, ("new", (32,), 200, 0))], "", "").quantization is None


def test_parts_add_up() -> None:
    first, second = header(LLAMA, EMBEDDING), header({"split.no": 1}, OUTPUT)
    found = describe([first, second], "", "")
    assert (found.parts, found.n_params) == (2, 192)
    assert found.file_bytes == first.file_bytes + second.file_bytes


def test_a_mixture_is_as_wide_as_the_experts_a_token_uses() -> None:
    keys = {"llama.expert_count": 8, "llama.expert_used_count": 2, "llama.expert_feed_forward_length": 48}
    found = describe([header(LLAMA | keys, EMBEDDING)], "", "")
    assert (found.n_experts, found.memory.n_ff) == (8, 96)


@pytest.mark.parametrize("extra", [{"general.architecture": "nomic-bert"}, {"llama.pooling_type": 1}])
def test_embedding_models_are_marked(extra: dict[str, object]) -> None:
    assert "makes no text" in (describe([header(LLAMA | extra, EMBEDDING)], "", "").problem or "")


def test_what_is_no_language_model() -> None:
    assert is_model(header(LLAMA))
    assert is_model(header(LLAMA | {"general.type": "model"}))
    assert not is_model(header(LLAMA | {"general.type": "adapter"}))
    assert not is_model(header({"general.architecture": "clip"}))


@pytest.mark.parametrize(("metadata", "words"), [({}, "no architecture"), (LLAMA, "no weights")])
def test_what_cannot_be_a_model_is_said(metadata: dict[str, object], words: str) -> None:
    with pytest.raises(GgufError, match=words):
        describe([header(metadata)], "", "")
