"""Whether a GPU is a card of its own or part of a CPU (an APU): no single file tells it for all."""

from __future__ import annotations

import msgspec

from rocmtui.core.text.late_regex import LateRegex

_APU_IDS = (
    range(0x1304, 0x131E),  # Kaveri
    range(0x9830, 0x9860),  # Kabini, Mullins
    range(0x9870, 0x9878),  # Carrizo
    range(0x98E4, 0x98E5),  # Stoney
)
APU_DEVICES = frozenset(
    {device for devices in _APU_IDS for device in devices}
    | {0x13C0, 0x13FE, 0x143F, 0x1435, 0x1114, 0x1506, 0x150E, 0x1586, 0x15BF, 0x15C8, 0x15D8, 0x15DD, 0x15E7}
    | {0x1636, 0x1638, 0x163F, 0x164C, 0x164D, 0x164E, 0x1681, 0x1900, 0x1901, 0x1902, 0x74A0}
)
"""PCI device ids the amdgpu driver flags AMD_IS_APU, and the MI300A."""
_APU_NAMES = LateRegex(
    r"MI300A|\b\d{3}M\b|\b80[456]0S\b|Vega \d+ Graphics|R[2-7] Graphics$|Radeon(?:\(TM\)| TM)? Graphics$"
)
UNIFIED_DEVICES = frozenset({0x74A0})
"""Of these VRAM and GTT are one memory, which ROCm takes as GTT (the kernel's is_app_apu)."""
_NEAR = 0.02


class KindEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What several sources say of one GPU; None and False: they do not."""

    device_id: int = 0
    name: str = ""
    measures_north_bridge: bool = False
    metrics_kind: str | None = None
    """`discrete` or `apu`, by the format of gpu_metrics."""
    shares_cpu_node: bool = False
    """Its KFD node has CPU cores as well."""
    heap_bytes: int | None = None
    heap_is_system: bool = False
    """The KFD has no heap of it but system memory."""
    vram_bytes: int | None = None
    gtt_bytes: int | None = None


def is_apu(seen: KindEvidence) -> bool:
    """Known devices first, then the driver's formats, then whose memory ROCm's heap is."""
    if seen.device_id in APU_DEVICES or _APU_NAMES.search(seen.name):
        return True
    if seen.measures_north_bridge or seen.shares_cpu_node or seen.heap_is_system:
        return True
    if seen.metrics_kind is not None:
        return seen.metrics_kind == "apu"
    if seen.vram_bytes == 0:
        return bool(seen.gtt_bytes)
    return _is_near(seen.heap_bytes, seen.gtt_bytes) and not _is_near(seen.heap_bytes, seen.vram_bytes)


def is_unified(seen: KindEvidence) -> bool:
    """Whether its VRAM and its GTT are the same memory (MI300A)."""
    return seen.device_id in UNIFIED_DEVICES or "MI300A" in seen.name


def _is_near(one: int | None, other: int | None) -> bool:
    return bool(one and other) and abs((one or 0) - (other or 0)) <= _NEAR * (other or 0)
