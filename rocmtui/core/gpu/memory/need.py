"""What a launch plan's server will take, before it is started."""

from __future__ import annotations

from rocmtui.core.gguf.info import ModelMemory
from rocmtui.core.gguf.vram_estimate import CacheOptions, VramEstimate, estimate, ubatch_of
from rocmtui.core.server.command import default_ctx
from rocmtui.core.server.state import LaunchPlan


def options_of(plan: LaunchPlan) -> CacheOptions:
    """What of the plan decides the size of a cache."""
    return CacheOptions(
        cache_type_k=plan.cache_type_k or "f16",
        cache_type_v=plan.cache_type_v or "f16",
        unified=not {"-kvu", "--kv-unified"}.isdisjoint(plan.extra_args),
        swa_full="--swa-full" in plan.extra_args,
        flash_attn=plan.flash_attn != "off",
        ubatch=ubatch_of(plan.extra_args),
    )


def ctx_of(model: ModelMemory, plan: LaunchPlan) -> int:
    """Context of a slot, the default filled in."""
    return plan.ctx_per_slot or default_ctx(model.n_ctx_train)


def plan_need(model: ModelMemory, plan: LaunchPlan) -> VramEstimate:
    """With every layer on the GPU. Raises UsageError for an unknown cache type."""
    return estimate(model, plan.parallel, ctx_of(model, plan), options_of(plan))


def flags_of(plan: LaunchPlan) -> str:
    """The settings that decide how much memory a server takes, in a line that tells plans apart."""
    named = {
        "np": plan.parallel,
        "ctx": plan.ctx_per_slot,
        "ctk": plan.cache_type_k,
        "ctv": plan.cache_type_v,
        "fa": plan.flash_attn,
        "ngl": plan.gpu_layers,
        "gpu": None if plan.gpu == "auto" else plan.gpu,
    }
    words = [f"{name}={value}" for name, value in named.items() if value is not None]
    return " ".join([*words, *plan.extra_args])
