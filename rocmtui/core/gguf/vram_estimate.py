"""What llama-server will take of a GPU's memory, before it is started.

The cache is llama.cpp's own arithmetic (llama_kv_cache, llama_kv_cache_iswa) and equals the server's log to
the digits it prints. The compute buffer is a fit to measured ones of the CPU backend; no GPU was measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec

from rocmtui.core.gguf.info import ModelMemory
from rocmtui.core.gguf.split import DeviceRoom, Rooms, number_of
from rocmtui.core.gguf.tensor_types import GGML_TYPES, GgmlType
from rocmtui.errors import UsageError

MAX_SLOTS = 256
"""llama.cpp refuses more sequences than this (LLAMA_MAX_SEQ)."""
CELL_STEP = 256
MARGIN_BYTES = 1 << 30
"""What llama-server itself leaves free on a GPU (--fit-target)."""
F32_BYTES = 4
MASK_BYTES = 2
"""With flash attention; f32 without."""


_CACHE_TYPE_NAMES = ("f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl")
_BY_NAME = {packing.name.lower(): packing for packing in GGML_TYPES.values()}
CACHE_TYPES = {name: _BY_NAME[name] for name in _CACHE_TYPE_NAMES}


class CacheOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of llama-server that decide the size of its cache, with its defaults."""

    cache_type_k: str = "f16"
    cache_type_v: str = "f16"
    unified: bool = False
    """All slots share one context (what llama-server does without --parallel)."""
    swa_full: bool = False
    flash_attn: bool = True
    ubatch: int = 512


class VramEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """Memory with every layer on the GPU, in bytes."""

    slots: int
    slot_ctx: int
    """Tokens one slot can hold."""
    weights_bytes: int
    kv_bytes: int
    """All slots: `kv_full_bytes + kv_swa_bytes + recurrent_bytes`."""
    kv_full_bytes: int
    kv_swa_bytes: int
    recurrent_bytes: int
    compute_bytes: int
    output_bytes: int
    """In system memory, like `host_weights_bytes`: no part of what a card must hold."""
    host_weights_bytes: int
    uncounted: str | None = None
    """A cache the model keeps besides, of a size not known here."""

    @property
    def kv_per_slot_bytes(self) -> int:
        """One slot's share of the cache."""
        return self.kv_bytes // self.slots

    def on(self, room: DeviceRoom) -> int:
        """What one of several devices must hold: its share of the layers, and a compute buffer."""
        return math.ceil((self.weights_bytes + self.kv_bytes) * room.share) + self.compute_bytes

    def left_on(self, room: DeviceRoom) -> int:
        """What stays free there beyond llama-server's margin; below 0 it does not fit."""
        return room.free_bytes - MARGIN_BYTES - self.on(room)

    def fits(self, free: Free) -> bool:
        """Whether it fits into that much free memory of one device, or of each of several."""
        return all(self.left_on(room) >= 0 for room in rooms_of(free))

    def tightest(self, free: Free) -> DeviceRoom:
        """The device that limits: the one with the least left."""
        return min(rooms_of(free), key=self.left_on)


DEFAULTS = CacheOptions()
_UBATCH = ("-ub", "--ubatch-size")
Free = int | Rooms
"""What is free: the bytes of one device, or the rooms of several."""


def rooms_of(free: Free) -> Rooms:
    """As rooms."""
    return (DeviceRoom(free_bytes=free),) if isinstance(free, int) else free


def ubatch_of(words: Sequence[str]) -> int:
    """The micro-batch llama-server's arguments ask for, or its default."""
    return DEFAULTS.ubatch if (given := number_of(words, _UBATCH)) is None else given


def estimate(
    model: ModelMemory, parallel: int, ctx_per_slot: int, options: CacheOptions = DEFAULTS
) -> VramEstimate:
    """The memory of `parallel` slots of `ctx_per_slot` tokens each. Raises UsageError for an unknown type."""
    return estimate_total(model, parallel, parallel * ctx_per_slot, options)


def estimate_total(
    model: ModelMemory, parallel: int, ctx_total: int | None, options: CacheOptions = DEFAULTS
) -> VramEstimate:
    """The same for `-c ctx_total`, which all slots divide or share; None is the model's own context."""
    cells = _cells(model, parallel, ctx_total, options.unified)
    swa_cells = _swa_cells(model, parallel, cells, options)
    streams = 1 if options.unified else parallel
    k, v, kv = _cache_type(options.cache_type_k), _cache_type(options.cache_type_v), model.kv
    full = cells * streams * (_row_bytes(kv.full_k, k) + _row_bytes(kv.full_v, v))
    swa = swa_cells * streams * (_row_bytes(kv.swa_k, k) + _row_bytes(kv.swa_v, v))
    recurrent = parallel * kv.recurrent_bytes
    return VramEstimate(
        slots=parallel,
        slot_ctx=min(cells, model.n_ctx_train or cells),
        weights_bytes=model.weights_bytes,
        kv_bytes=full + swa + recurrent,
        kv_full_bytes=full,
        kv_swa_bytes=swa,
        recurrent_bytes=recurrent,
        compute_bytes=_compute_bytes(model, cells, swa_cells, options),
        output_bytes=model.n_vocab * 4 * parallel,
        host_weights_bytes=model.host_weights_bytes,
        uncounted=kv.uncounted,
    )


def max_slots(model: ModelMemory, free: Free, ctx_per_slot: int, options: CacheOptions = DEFAULTS) -> int:
    """The most slots of that context that fit; 0 when not even one does."""
    return _most(MAX_SLOTS, lambda slots: estimate(model, slots, ctx_per_slot, options).fits(free))


def max_ctx_per_slot(model: ModelMemory, free: Free, parallel: int, options: CacheOptions = DEFAULTS) -> int:
    """The longest context of each slot that fits, up to the model's own; 0 when none does."""
    longest = model.n_ctx_train or CELL_STEP
    steps = _most(
        _padded(longest) // CELL_STEP,
        lambda steps: estimate(model, parallel, steps * CELL_STEP, options).fits(free),
    )
    return min(steps * CELL_STEP, longest)


def _most(limit: int, fits: Callable[[int], bool]) -> int:
    """The largest number from 1 to `limit` that fits, where all below it fit; 0 when none does."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _padded(cells: int) -> int:
    return -(-cells // CELL_STEP) * CELL_STEP


def _cells(model: ModelMemory, parallel: int, ctx_total: int | None, unified: bool) -> int:
    """Cells of one stream. Not capped to the trained context: a longer -c takes memory for nothing."""
    own = model.n_ctx_train if unified else model.n_ctx_train * parallel
    total = _padded(ctx_total or own or CELL_STEP)
    return total if unified else _padded(total // parallel)


def _swa_cells(model: ModelMemory, parallel: int, cells: int, options: CacheOptions) -> int:
    if not model.kv.n_swa:
        return 0
    if options.swa_full:
        return cells
    windows = parallel if options.unified else 1
    return _padded(min(cells, model.kv.n_swa * windows + options.ubatch))


def _cache_type(name: str) -> GgmlType:
    try:
        return CACHE_TYPES[name]
    except KeyError:
        raise UsageError(f"no cache type {name!r}", f"choose one of {', '.join(CACHE_TYPES)}") from None


def _row_bytes(width: int, packing: GgmlType) -> int:
    return width * packing.block_bytes // packing.block


def _compute_bytes(model: ModelMemory, cells: int, swa_cells: int, options: CacheOptions) -> int:
    """Activations and attention masks of one micro-batch, and a row to unpack a quantised K into.

    Without flash attention the scores of all heads over the whole context are held too, while a third of the
    activations is free again.
    """
    activations = F32_BYTES * (3 * model.n_ff + 5 * model.n_embd)
    types = (options.cache_type_k, options.cache_type_v)
    quantised = any(_cache_type(name).block > 1 for name in types)
    unpacked = F32_BYTES * model.kv.widest_k if quantised else 0
    masked = cells + swa_cells
    if options.flash_attn:
        return options.ubatch * (activations + MASK_BYTES * masked + unpacked)
    scores = F32_BYTES * model.n_heads * max(cells, swa_cells)
    most = max(activations, scores + activations * 2 // 3)
    return options.ubatch * (most + F32_BYTES * masked + unpacked)
