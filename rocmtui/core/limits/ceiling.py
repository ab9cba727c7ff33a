"""The limit of a server that is ready, for any number of streams at any depth: what charts draw as a line."""

from __future__ import annotations

from collections import Counter

import msgspec

from rocmtui.core.gguf.kv_shape import KvShape
from rocmtui.core.limits.bandwidth import Bandwidth
from rocmtui.core.limits.decode import step_seconds
from rocmtui.core.limits.step import CacheUse, Placement, StepBytes, StepModel, expert_share, kv_bytes


class Ceiling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Bytes a step in parts, and what moves them."""

    device: str
    card_bytes: int = 0
    """Of weights that every step reads."""
    host_bytes: int = 0
    card_expert_bytes: int = 0
    """Of all experts; a step reads a share of them."""
    host_expert_bytes: int = 0
    expert_count: int = 0
    expert_used: int = 0
    kv: KvShape = KvShape()
    type_k: str = "f16"
    type_v: str = "f16"
    kv_host_share: float = 0.0
    card: Bandwidth | None = None
    host: Bandwidth | None = None

    def limit_tps(self, streams: float, depth: float) -> float | None:
        """The most that so many streams can make together; None where a bandwidth is not known."""
        experts = expert_share(self.expert_used, self.expert_count, streams)
        kv = streams * kv_bytes(self.kv, CacheUse(depth=depth, type_k=self.type_k, type_v=self.type_v))
        read = StepBytes(
            card_weights=round(self.card_bytes + experts * self.card_expert_bytes),
            host_weights=round(self.host_bytes + experts * self.host_expert_bytes),
            card_kv=round(kv * (1 - self.kv_host_share)),
            host_kv=round(kv * self.kv_host_share),
        )
        seconds = step_seconds(read, self.card, self.host)
        return streams / seconds if seconds is not None else None


def ceiling_of(
    model: StepModel,
    placement: Placement,
    cache: CacheUse,
    *,
    device: str,
    card: Bandwidth | None,
    host: Bandwidth | None,
) -> Ceiling:
    """Of a model as it was loaded."""
    names = {"dense": "bytes", "expert": "expert_bytes"}
    sizes: Counter[str] = Counter()
    for tensor in model.tensors:
        if tensor.kind in names:
            where = "host" if placement.on_host(tensor, model.layers) else "card"
            sizes[f"{where}_{names[tensor.kind]}"] += tensor.size_bytes
    return Ceiling(
        device=device,
        **sizes,
        expert_count=model.expert_count,
        expert_used=model.expert_used,
        kv=model.kv,
        type_k=cache.type_k,
        type_v=cache.type_v,
        kv_host_share=placement.host_share(model.layers),
        card=card,
        host=host,
    )
