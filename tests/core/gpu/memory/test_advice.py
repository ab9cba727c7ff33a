"""What would make a plan fit that does not."""

from __future__ import annotations

from rocmtui.core.gguf.info import ModelMemory
from rocmtui.core.gguf.kv_shape import KvShape
from rocmtui.core.gguf.split import DeviceRoom
from rocmtui.core.gpu.memory.advice import what_would_fit
from rocmtui.core.server.state import LaunchPlan

GIB = 1 << 30
MODEL = ModelMemory(
    weights_bytes=11 * GIB,
    kv=KvShape(full_k=65_536, full_v=65_536),
    n_ctx_train=8192,
    n_layers=10,
    layers_bytes=10 * GIB,
)
PLAN = LaunchPlan(model="/m", parallel=8, ctx_per_slot=8192)


def advice(free_gib: float) -> str:
    return what_would_fit(MODEL, PLAN, (DeviceRoom(free_bytes=int(free_gib * GIB)),), on_host=False)


def test_the_mildest_change_is_named() -> None:
    assert advice(20) == "3 slots of this context fit"
    assert advice(13.5) == "1 slot with K and V cache q8_0 fits"
    assert advice(8) == "5 of 10 layers fit with 1 slot, the rest runs on the CPU"
    assert advice(1) == ""
    assert what_would_fit(None, PLAN, (), on_host=False) == ""
