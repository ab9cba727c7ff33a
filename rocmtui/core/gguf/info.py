"""What a user wants to know of a model before it is started, from the headers of its parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from rocmtui.core.gguf.header import GgufError, GgufInfo, TensorInfo
from rocmtui.core.gguf.kv_shape import KvShape, kv_shape
from rocmtui.core.gguf.tensor_types import FILE_TYPES, GGML_TYPES

INPUT_TENSORS = frozenset({"token_embd.weight", "per_layer_token_embd.weight"})
"""Looked up row by row: llama.cpp leaves them in system memory."""
NO_MODEL_TYPES = frozenset({"adapter", "imatrix", "mmproj", "vocab"})


class ModelMemory(msgspec.Struct, frozen=True, kw_only=True):
    """What an estimate of memory needs to know."""

    weights_bytes: int
    """Of all layers and the output: what goes to the GPU when everything is offloaded."""
    host_weights_bytes: int = 0
    """What stays in system memory even then."""
    kv: KvShape = KvShape()
    n_ctx_train: int = 0
    n_vocab: int = 0
    n_embd: int = 0
    n_heads: int = 0
    n_ff: int = 0
    """Width of the feed-forward step; of a mixture: of the experts a token uses."""
    n_layers: int = 0
    layers_bytes: int = 0
    """Of `weights_bytes` those of the layers; the rest is the output."""
    experts_bytes: int = 0
    """Of `layers_bytes` those of experts."""


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One model. Names are untrusted text. None: the file does not say."""

    path: str
    """What `-m` takes: the file, or part 1 of a split one."""
    name: str
    """The file's name without its ending, or the name its folder of models gives it."""
    title: str | None = None
    """What the file calls itself."""
    architecture: str
    quantization: str | None = None
    file_bytes: int
    """All parts together."""
    n_params: int
    n_ctx_train: int | None = None
    n_layers: int | None = None
    n_vocab: int | None = None
    n_experts: int | None = None
    parts: int = 1
    mmproj: str | None = None
    """The image or audio part beside it."""
    found_in: str = ""
    """The kind of place: `Hugging Face cache`, `Ollama` ..."""
    problem: str | None = None
    """Why it cannot serve text, and what to do; None when all is well."""
    memory: ModelMemory


def is_model(info: GgufInfo) -> bool:
    """Whether the file is a language model rather than a projector, adapter or matrix of importances."""
    kind = info.text("general.type")
    return kind not in NO_MODEL_TYPES and info.architecture != "clip"


def describe(parts: Sequence[GgufInfo], path: str, name: str) -> ModelInfo:
    """The model these headers describe, part 1 first. Raises GgufError when they name no architecture."""
    first = parts[0]
    if not first.architecture:
        raise GgufError("names no architecture: no model, or a damaged one")
    tensors = [tensor for part in parts for tensor in part.tensors]
    if not tensors:
        raise GgufError("holds no weights (a vocabulary only)")
    memory = _memory(first, tensors)
    return ModelInfo(
        path=path,
        name=name,
        title=first.text("general.name"),
        architecture=first.architecture,
        quantization=_quantization(first, tensors),
        file_bytes=sum(part.file_bytes for part in parts),
        n_params=sum(tensor.elements for tensor in tensors),
        n_ctx_train=memory.n_ctx_train or None,
        n_layers=memory.n_layers or None,
        n_vocab=memory.n_vocab or None,
        n_experts=first.number("expert_count") or None,
        parts=len(parts),
        problem=_makes_no_text(first),
        memory=memory,
    )


def _memory(first: GgufInfo, tensors: Sequence[TensorInfo]) -> ModelMemory:
    weights = sum(tensor.size_bytes for tensor in tensors)
    on_host = 0
    if any(tensor.name == "output.weight" for tensor in tensors):  # else the embedding is the output too
        on_host = sum(tensor.size_bytes for tensor in tensors if tensor.name in INPUT_TENSORS)
    expert, used, whole = (
        max(first.numbers(key), default=0)
        for key in ("expert_feed_forward_length", "expert_used_count", "feed_forward_length")
    )
    return ModelMemory(
        weights_bytes=weights - on_host,
        host_weights_bytes=on_host,
        kv=kv_shape(first),
        n_ctx_train=first.number("context_length"),
        n_vocab=first.length("tokenizer.ggml.tokens") or first.number("vocab_size"),
        n_embd=first.number("embedding_length"),
        n_heads=max(first.numbers("attention.head_count"), default=0),
        n_ff=max(whole, expert * used),
        n_layers=first.number("block_count"),
        layers_bytes=sum(tensor.size_bytes for tensor in tensors if tensor.name.startswith("blk.")),
        experts_bytes=sum(tensor.size_bytes for tensor in tensors if "_exps." in tensor.name),
    )


def _quantization(first: GgufInfo, tensors: Sequence[TensorInfo]) -> str | None:
    """What the file says, else the type most of its weights have."""
    said = first.integer("general.file_type")
    if said in FILE_TYPES:
        return FILE_TYPES[said]
    bytes_by_type: Counter[int] = Counter()
    for tensor in tensors:
        bytes_by_type[tensor.type_id] += tensor.size_bytes
    (most, _), *_ = bytes_by_type.most_common(1)
    return GGML_TYPES[most].name if most in GGML_TYPES else None


def _makes_no_text(info: GgufInfo) -> str | None:
    is_encoder = "bert" in info.architecture or "embedding" in info.architecture
    if is_encoder or info.number("pooling_type"):
        return "an embedding or reranking model: it makes no text"
    return None
