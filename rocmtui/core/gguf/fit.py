"""How many slots of which context of a model fit into a given amount of memory."""

from __future__ import annotations

import msgspec

from rocmtui.core.gguf.info import ModelInfo
from rocmtui.core.gguf.vram_estimate import (
    DEFAULTS,
    CacheOptions,
    Free,
    VramEstimate,
    estimate,
    max_ctx_per_slot,
    max_slots,
    rooms_of,
)

CONTEXTS = (4096, 8192, 16_384, 32_768, 65_536, 131_072)
"""Contexts of one slot that are asked for when none is given."""
REFERENCE_CTX = 4096


class SlotsAt(msgspec.Struct, frozen=True, kw_only=True):
    """The most slots of one context."""

    ctx_per_slot: int
    slots: int


class ModelFit(msgspec.Struct, frozen=True, kw_only=True):
    """What fits of one model, with llama-server's own margin left free."""

    need: VramEstimate
    """Of the slots and context asked for; of one slot of 4096 tokens where nothing was."""
    fits: bool
    limited_by: str | None = None
    """Of several devices the one with the least left."""
    learned: str | None = None
    """What the last start of this model taught: `last time +2.9 %, counted in`."""
    slots_at: tuple[SlotsAt, ...] = ()
    """Contexts the model was trained for only."""
    parallel: int | None = None
    max_ctx_per_slot: int | None = None
    """With `parallel` slots; None where no number of slots was asked for."""


def fit_model(
    model: ModelInfo,
    free: Free,
    *,
    parallel: int | None = None,
    ctx_per_slot: int | None = None,
    options: CacheOptions = DEFAULTS,
) -> ModelFit:
    """What of a model fits into the free memory of one device or several.

    Raises UsageError for an unknown cache type.
    """
    memory = model.memory
    longest = memory.n_ctx_train or CONTEXTS[-1]
    asked = (
        (ctx_per_slot,) if ctx_per_slot else tuple(ctx for ctx in CONTEXTS if ctx <= longest) or (longest,)
    )
    need = estimate(memory, parallel or 1, ctx_per_slot or min(REFERENCE_CTX, longest), options)
    return ModelFit(
        need=need,
        fits=need.fits(free),
        limited_by=need.tightest(free).name or None if len(rooms_of(free)) > 1 else None,
        slots_at=tuple(
            SlotsAt(ctx_per_slot=ctx, slots=max_slots(memory, free, ctx, options)) for ctx in asked
        ),
        parallel=parallel,
        max_ctx_per_slot=max_ctx_per_slot(memory, free, parallel, options) if parallel else None,
    )
