"""What one decode step reads of a model: weights, where they lie, and the cache of each sequence.

A step reads every active weight once, whatever the software does; so tokens a second are at most the
bandwidth over these bytes. Embeddings are looked up row by row, unless they are the output head too (no
`output.weight`): then all of them are read, once. Of a mixture's experts one sequence reads used / count; n
sequences read 1 - (1 - used / count)^n of them, if their choices do not depend on each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from rocmtui.core.gguf.header import GgufInfo
from rocmtui.core.gguf.kv_shape import KvShape, kv_shape
from rocmtui.core.gguf.offload import host_experts, host_patterns
from rocmtui.core.gguf.split import number_of
from rocmtui.core.gguf.vram_estimate import CACHE_TYPES
from rocmtui.core.server.state import FLAGS
from rocmtui.core.text.late_regex import LateRegex

TensorKind = Literal["dense", "expert", "draft", "input"]
"""`draft`: heads that predict further tokens, read by their own steps. `input`: looked up, not read whole."""
_LOOKED_UP = frozenset({"token_embd.weight", "per_layer_token_embd.weight", "position_embd.weight"})
_EXPERT = LateRegex(r"_exps(\.|$)")
_LAYER = LateRegex(r"^blk\.(\d+)\.")


class StepTensor(msgspec.Struct, frozen=True):
    """One tensor and what a step does with it."""

    name: str
    kind: TensorKind
    layer: int | None
    """None: before the first or after the last."""
    size_bytes: int
    elements: int


class StepModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model as a step sees it."""

    tensors: tuple[StepTensor, ...]
    layers: int
    expert_count: int = 0
    expert_used: int = 0
    kv: KvShape = KvShape()

    @property
    def kind(self) -> str:
        """`moe` or `dense`."""
        return "moe" if self.expert_count else "dense"

    def expert_share(self, streams: float) -> float:
        """Share of the experts that so many sequences read in a step."""
        return expert_share(self.expert_used, self.expert_count, streams)

    @property
    def active_weights(self) -> int:
        """Number of weights that one token is multiplied with."""
        whole = sum(tensor.elements for tensor in self.tensors if tensor.kind == "dense")
        experts = sum(tensor.elements for tensor in self.tensors if tensor.kind == "expert")
        return whole + round(experts * self.expert_share(1))


def expert_share(used: int, count: int, streams: float) -> float:
    """Share of a mixture's experts that so many sequences read in a step; 0 of a model without any."""
    if not count:
        return 0.0
    unread: float = (1.0 - min(used / count, 1.0)) ** max(streams, 1.0)
    return 1.0 - unread


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Which tensors lie in system memory; by llama-server's options."""

    gpu_layers: int | None = None
    """None: all of them."""
    to_host: tuple[str, ...] = ()
    """Patterns of tensors that are kept there (`-ot PATTERN=CPU`)."""
    host_experts: int = 0
    """Experts of so many first layers are kept there."""

    def on_host(self, tensor: StepTensor, layers: int) -> bool:
        """Whether a step reads it from system memory. The output is one more layer, offloaded first."""
        if any(re.search(pattern, tensor.name) for pattern in self.to_host):
            return True
        layer = layers if tensor.layer is None else tensor.layer
        if tensor.kind == "expert" and layer < self.host_experts:
            return True
        return self.gpu_layers is not None and layer < layers + 1 - self.gpu_layers

    def host_share(self, layers: int) -> float:
        """Share of the layers, and so of their cache, that is in system memory."""
        on_host = 0 if self.gpu_layers is None else max(layers + 1 - self.gpu_layers, 0)
        return min(on_host / layers, 1.0) if layers else 0.0


EVERYTHING_ON_CARD = Placement()


class StepBytes(msgspec.Struct, frozen=True, kw_only=True):
    """What a step reads from the card and from system memory."""

    card_weights: int = 0
    host_weights: int = 0
    card_kv: int = 0
    """Of all sequences."""
    host_kv: int = 0


class CacheUse(msgspec.Struct, frozen=True, kw_only=True):
    """The cache of each sequence."""

    depth: float = 0.0
    """Tokens in it, on average over the answer."""
    type_k: str = "f16"
    type_v: str = "f16"


def step_model(parts: Sequence[GgufInfo]) -> StepModel:
    """From the headers of a model's files, part 1 first."""
    first = parts[0]
    layers, drafts = first.number("block_count"), first.number("nextn_predict_layers")
    names = {tensor.name for part in parts for tensor in part.tensors}
    is_tied = "output.weight" not in names
    tensors = []
    for part in parts:
        for tensor in part.tensors:
            layer = int(found[1]) if (found := _LAYER.match(tensor.name)) else None
            kind = _kind(tensor.name, layer, layers - drafts, is_tied=is_tied)
            tensors.append(StepTensor(tensor.name, kind, layer, tensor.size_bytes, tensor.elements))
    return StepModel(
        tensors=tuple(tensors),
        layers=layers,
        expert_count=first.number("expert_count"),
        expert_used=first.number("expert_used_count"),
        kv=kv_shape(first),
    )


def read_placement(words: Sequence[str], *, has_card: bool) -> Placement:
    """From llama-server's arguments; without a card everything is in system memory."""
    if not has_card:
        return Placement(gpu_layers=0)
    return Placement(
        gpu_layers=number_of(words, FLAGS["gpu_layers"]),
        to_host=host_patterns(words),
        host_experts=host_experts(words),
    )


def step_bytes(
    model: StepModel, streams: float, cache: CacheUse, placement: Placement = EVERYTHING_ON_CARD
) -> StepBytes:
    """What a step of so many sequences in step reads."""
    experts = model.expert_share(streams)
    read = {"card": 0.0, "host": 0.0}
    for tensor in model.tensors:
        if tensor.kind in ("dense", "expert"):
            where = "host" if placement.on_host(tensor, model.layers) else "card"
            read[where] += tensor.size_bytes * (experts if tensor.kind == "expert" else 1.0)
    kv = kv_bytes(model.kv, cache) * streams
    host_share = placement.host_share(model.layers)
    return StepBytes(
        card_weights=round(read["card"]),
        host_weights=round(read["host"]),
        card_kv=round(kv * (1 - host_share)),
        host_kv=round(kv * host_share),
    )


def kv_bytes(kv: KvShape, cache: CacheUse) -> float:
    """What a step reads of one sequence's cache; windows end at their length, recurrent states count once."""
    k, v = CACHE_TYPES.get(cache.type_k), CACHE_TYPES.get(cache.type_v)
    if k is None or v is None:
        return float(kv.recurrent_bytes)
    window = min(cache.depth, kv.n_swa) if kv.n_swa else cache.depth
    k_elements = cache.depth * kv.full_k + window * kv.swa_k
    v_elements = cache.depth * kv.full_v + window * kv.swa_v
    rows = k_elements * k.block_bytes / k.block + v_elements * v.block_bytes / v.block
    return rows + kv.recurrent_bytes


def _kind(name: str, layer: int | None, layers: int, *, is_tied: bool) -> TensorKind:
    if (layer is not None and layer >= layers) or "nextn" in name:
        return "draft"
    if name in _LOOKED_UP:
        return "dense" if is_tied and name == "token_embd.weight" else "input"
    if name.startswith("enc."):  # read once a prompt
        return "input"
    return "expert" if _EXPERT.search(name) else "dense"
