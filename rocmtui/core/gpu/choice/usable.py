"""Whether a llama-server of this user can use a card at all, and why it cannot."""

from __future__ import annotations

from rocmtui.core.gpu.reading import GpuReading

ROCM = "ROCm"


def hindrance(gpu: GpuReading, backend: str | None = None) -> str | None:
    """Why a server of that backend cannot use the card; None where nothing known speaks against it.

    Every backend needs the amdgpu driver and a render node it may open; ROCm needs the card in the KFD as
    well. What was not looked at (None) is no hindrance. A backend that is not known needs the least.
    """
    if gpu.driver not in ("amdgpu", None):
        return f"its driver is {gpu.driver}, and amdgpu is needed"
    if gpu.access == "missing":
        return f"{_node(gpu)} is not here"
    if gpu.access == "denied":
        return f"{_node(gpu)} may not be opened by this user"
    if backend == ROCM and gpu.rocm_indexes == ():
        return "ROCm does not know it (no KFD node), only a Vulkan build can use it"
    return None


def _node(gpu: GpuReading) -> str:
    return f"its render node /dev/dri/{gpu.render_node}" if gpu.render_node else "its render node"
