"""What would make a plan fit that does not: fewer slots, a smaller cache, fewer layers on the card."""

from __future__ import annotations

import msgspec

from rocmtui.core.gguf.info import ModelMemory
from rocmtui.core.gguf.offload import on_card
from rocmtui.core.gguf.split import Rooms
from rocmtui.core.gguf.vram_estimate import max_slots
from rocmtui.core.gpu.memory.need import ctx_of, options_of, plan_need
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.text.sizes import slots_text


def what_would_fit(model: ModelMemory | None, plan: LaunchPlan, rooms: Rooms, *, on_host: bool) -> str:
    """The mildest change that does, in words; empty where none does."""
    if model is None:
        return ""
    words, placed = plan.extra_args, model if on_host else on_card(model, plan.gpu_layers, plan.extra_args)
    slots = max_slots(placed, rooms, ctx_of(model, plan), options_of(plan))
    if slots:
        return f"{slots_text(slots)} of this context fit"
    smaller = msgspec.structs.replace(plan, cache_type_k="q8_0", cache_type_v="q8_0", parallel=1)
    if plan_need(placed, smaller).fits(rooms):
        return "1 slot with K and V cache q8_0 fits"
    if on_host or not model.n_layers:
        return ""
    one = msgspec.structs.replace(plan, parallel=1)
    layers = range(model.n_layers, 0, -1)
    most = next((n for n in layers if plan_need(on_card(model, str(n), words), one).fits(rooms)), 0)
    return f"{most} of {model.n_layers} layers fit with 1 slot, the rest runs on the CPU" if most else ""
