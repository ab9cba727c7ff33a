"""What a model keeps in memory for each token and each sequence, from the metadata of its file.

Follows the hyperparameter loading of llama.cpp (src/llama-hparams.cpp, src/models/*.cpp).
"""

from __future__ import annotations

import msgspec

from rocmtui.core.gguf.header import GgufInfo

MAX_LAYERS = 4_096
F32_BYTES = 4

SWA_PERIODS = {
    "afmoe": 4,
    "cohere2": 4,
    "exaone4": 4,
    "exaone-moe": 4,
    "gemma2": 2,
    "gemma3": 6,
    "gemma3n": 5,
    "gpt-oss": 2,
    "llama4": 4,
    "olmo2": 4,
    "plamo3": 8,
    "smallthinker": 4,
}
"""Every so many layers one sees the whole context; for files that do not say so themselves."""
DENSE_FIRST = frozenset({"smallthinker"})
"""There the first layer of a period sees all, elsewhere the last."""
SWA_ONLY_WITH_LAYERS = {"exaone4": 64}
"""Architectures whose window llama.cpp heeds in a model of that many layers alone."""
LLAMA4_CHUNK = 8_192
GEMMA3N_KV_LAYERS = 20


class KvShape(msgspec.Struct, frozen=True, kw_only=True):
    """Widths are elements for one token, summed over the layers of a kind."""

    full_k: int = 0
    full_v: int = 0
    swa_k: int = 0
    swa_v: int = 0
    n_swa: int = 0
    """Tokens in the sliding window; 0 where there is none."""
    recurrent_bytes: int = 0
    """State of one sequence (Mamba, RWKV, short convolutions), whatever its length."""
    widest_k: int = 0
    """K width of the widest layer."""
    uncounted: str | None = None
    """A cache this model keeps besides, of a size not known here."""


def kv_shape(info: GgufInfo) -> KvShape:
    """The shape of a model's cache. What the metadata does not say is taken as llama.cpp takes it."""
    reader = _Reader(info)
    layers = min(reader.number("block_count"), MAX_LAYERS)
    n_swa, swa = _sliding_layers(reader, layers)
    recurrent = _recurrent_layers(reader, layers)
    with_kv = _layers_with_kv(reader, layers)
    sums = {"full_k": 0, "full_v": 0, "swa_k": 0, "swa_v": 0}
    widest = 0
    for layer in range(with_kv):
        if recurrent[layer] and not reader.has_attention_everywhere:
            continue
        k, v = reader.widths(layer, sliding=swa[layer])
        kind = "swa" if swa[layer] else "full"
        sums[f"{kind}_k"] += k
        sums[f"{kind}_v"] += v
        widest = max(widest, k)
    return KvShape(
        **sums,
        n_swa=n_swa if any(swa) else 0,
        recurrent_bytes=sum(recurrent) * reader.recurrent_elements() * F32_BYTES,
        widest_k=widest,
        uncounted="the index of its sparse attention"
        if reader.number("attention.indexer.key_length")
        else None,
    )


class _Reader:
    """The architecture's own keys, with llama.cpp's defaults."""

    def __init__(self, info: GgufInfo) -> None:
        self.number, self.numbers = info.number, info.numbers
        self.architecture = info.architecture
        self.n_embd = self.number("embedding_length")
        self._heads = self.numbers("attention.head_count")
        self.kv_heads_told = self.numbers("attention.head_count_kv") or self._heads
        self.has_attention_everywhere = self.architecture == "falcon-h1"

    def kv_heads(self, layer: int) -> int:
        return _of_layer(self.kv_heads_told, layer)

    def widths(self, layer: int, *, sliding: bool) -> tuple[int, int]:
        """K and V elements of one token in one layer."""
        heads = _of_layer(self._heads, layer) or max(self._heads, default=0)
        default = self.n_embd // heads if heads else 0
        key = self.number("attention.key_length") or default
        value = self.number("attention.value_length") or default
        if sliding:
            key = self.number("attention.key_length_swa") or key
            value = self.number("attention.value_length_swa") or value
        if self.number("attention.key_length_mla"):  # V is a part of the compressed K
            value = 0
        return key * self.kv_heads(layer), value * self.kv_heads(layer)

    def recurrent_elements(self) -> int:
        """State of one sequence in one recurrent layer."""
        head_size = self.number("wkv.head_size")
        if head_size:
            return self.n_embd * ((self.number("token_shift_count") or 2) + head_size)
        short_conv = self.number("shortconv.l_cache")
        if short_conv:
            return self.n_embd * (short_conv - 1)
        conv = max(self.number("ssm.conv_kernel") - 1, 0)
        kda = self.number("kda.head_dim")
        if kda:
            heads = max(self._heads, default=0)
            return 3 * conv * heads * kda + kda * kda * heads
        inner, state = self.number("ssm.inner_size"), self.number("ssm.state_size")
        return conv * (inner + 2 * self.number("ssm.group_count") * state) + inner * state


def _of_layer(values: tuple[int, ...], layer: int) -> int:
    if len(values) == 1:
        return values[0]
    return values[layer] if layer < len(values) else 0


def _layers_with_kv(reader: _Reader, layers: int) -> int:
    """Layers that share an earlier one's cache, or only predict further tokens, come last and keep none."""
    if reader.architecture == "gemma3n":
        return min(layers, GEMMA3N_KV_LAYERS)
    spared = reader.number("attention.shared_kv_layers") or reader.number("nextn_predict_layers")
    return max(layers - spared, 0)


def _sliding_layers(reader: _Reader, layers: int) -> tuple[int, list[bool]]:
    n_swa = reader.number("attention.sliding_window")
    if reader.architecture == "llama4" and not reader.numbers("attention.sliding_window"):
        n_swa = LLAMA4_CHUNK
    pattern = reader.numbers("attention.sliding_window_pattern")
    if not n_swa or SWA_ONLY_WITH_LAYERS.get(reader.architecture, layers) != layers:
        return 0, [False] * layers
    if len(pattern) > 1:
        return n_swa, [bool(_of_layer(pattern, layer)) for layer in range(layers)]
    period = pattern[0] if pattern else SWA_PERIODS.get(reader.architecture, 1)
    if period == 0:
        return n_swa, [True] * layers
    dense = 0 if reader.architecture in DENSE_FIRST else period - 1
    return n_swa, [layer % period != dense for layer in range(layers)]


def _recurrent_layers(reader: _Reader, layers: int) -> list[bool]:
    if not reader.recurrent_elements():
        return [False] * layers
    listed = reader.numbers("attention.recurrent_layers")
    if len(listed) > 1:
        return [bool(_of_layer(listed, layer)) for layer in range(layers)]
    interval = reader.number("full_attention_interval")
    if interval:
        return [(layer + 1) % interval != 0 for layer in range(layers)]
    if len(reader.kv_heads_told) < 2:
        return [True] * layers
    feed_forward = reader.numbers("feed_forward_length")
    by_layer = len(feed_forward) > 1 and reader.architecture.startswith("nemotron_h")
    return [
        reader.kv_heads(layer) == 0 and not (by_layer and _of_layer(feed_forward, layer))
        for layer in range(layers)
    ]
