"""Which part of a model goes to the card: `-ngl`, `--n-cpu-moe`, `--cpu-moe` and `--override-tensor`.

llama-server gives the card the last `-ngl` layers with their cache, and the output only beyond them
(llama_model::load_tensors); the expert options put the experts of the first layers, or of all, back into
system memory.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from rocmtui.core.gguf.info import ModelMemory
from rocmtui.core.gguf.kv_shape import MAX_LAYERS, KvShape
from rocmtui.core.gguf.split import number_of, value_of

_CPU_MOE, _N_CPU_MOE = ("-cmoe", "--cpu-moe"), ("-ncmoe", "--n-cpu-moe")
_OVERRIDE = ("-ot", "--override-tensor")
EXPERTS = ("ffn_gate_exps", "ffn_up_exps", "ffn_down_exps")
"""Names of a layer's experts; the rest of `blk.N.` is what every token passes through."""


def on_card(model: ModelMemory, gpu_layers: str | None, words: Sequence[str] = ()) -> ModelMemory:
    """The model as far as it goes to the card; the rest is weights of the host.

    `words` are llama-server's further arguments. What cannot be read is taken for "all of it".
    """
    layers = model.n_layers
    if not layers or not model.layers_bytes:
        return model
    wanted = int(gpu_layers) if gpu_layers is not None and gpu_layers.isdecimal() else layers + 1
    placed = min(wanted, layers)
    output = model.weights_bytes - model.layers_bytes if wanted > layers else 0
    at_home = _experts_at_home(layers, placed, words)
    weights = model.layers_bytes * placed // layers + output - model.experts_bytes * at_home // (3 * layers)
    return msgspec.structs.replace(
        model,
        weights_bytes=weights,
        host_weights_bytes=model.host_weights_bytes + model.weights_bytes - weights,
        kv=_shared(model.kv, placed, layers),
    )


def host_experts(words: Sequence[str]) -> int:
    """Of so many first layers the experts stay in system memory."""
    if any(word in _CPU_MOE for word in words):
        return MAX_LAYERS
    return number_of(words, _N_CPU_MOE) or 0


def host_patterns(words: Sequence[str]) -> tuple[str, ...]:
    """Of `-ot PATTERN=BUFFER,...` those of a buffer of the host; the server complains of bad ones."""
    found = []
    for part in (value_of(words, _OVERRIDE) or "").split(","):
        pattern, _, buffer = part.rpartition("=")
        if buffer.upper().startswith("CPU") and 0 < len(pattern) <= 200:
            with suppress(re.error):
                re.compile(pattern)
                found.append(pattern)
    return tuple(found)


def _experts_at_home(layers: int, placed: int, words: Sequence[str]) -> int:
    """How many of the three expert tensors of each layer on the card are kept off it."""
    first, patterns = host_experts(words), host_patterns(words)
    return sum(
        layer < first or any(re.search(pattern, f"blk.{layer}.{name}.weight") for pattern in patterns)
        for layer in range(layers - placed, layers)
        for name in EXPERTS
    )


def _shared(kv: KvShape, placed: int, layers: int) -> KvShape:
    """A cache with as much of each width as the layers on the card have."""
    if placed == layers:
        return kv
    widths = ("full_k", "full_v", "swa_k", "swa_v", "recurrent_bytes")
    return msgspec.structs.replace(kv, **{name: getattr(kv, name) * placed // layers for name in widths})
