"""Which GPU llama-server may see, and how the others are hidden from it.

An integrated GPU beside a card crashes llama.cpp or slows it down, and its auto-fit spreads a model over
both. So by default the card with the most memory is chosen and the rest hidden. Indexes of the kernel, ROCm
and Vulkan all differ: cards are told apart by PCI address and ROCm UUID, and found in llama-server's own list
by size and name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.build import Device, ServerBuild
from rocmtui.errors import UsageError

USER_VARIABLES = (
    "ROCR_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "CUDA_VISIBLE_DEVICES",
    "GPU_DEVICE_ORDINAL",
    "GGML_VK_VISIBLE_DEVICES",
)
"""Variables that choose GPUs. One that the user set wins over ours."""
MIB = 1 << 20
SIZE_TOLERANCE = 0.03
"""llama-server's total and the kernel's differ by what the firmware keeps."""


class GpuMask(msgspec.Struct, frozen=True, kw_only=True):
    """What makes llama-server see the chosen GPUs only."""

    environment: dict[str, str] = msgspec.field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    """`NAME=value` of GPU-choosing variables, ours and the user's."""
    notes: tuple[str, ...] = ()
    visible: tuple[GpuReading, ...] = ()
    """The GPUs it will see."""
    expected: bool = False
    """Whether the model is meant to run on a GPU."""


def mask_gpus(
    wish: str,
    gpus: tuple[GpuReading, ...],
    build: ServerBuild,
    environ: Mapping[str, str],
    extra_args: tuple[str, ...] = (),
) -> GpuMask:
    """How to start llama-server for `--gpu WISH`. Raises UsageError for a GPU that is not there."""
    if wish == "none":
        hide = ("--device", "none") if build.has("--device") else ("-ngl", "0")
        return GpuMask(arguments=hide, notes=("no GPU: the model runs on the CPU",))
    users = tuple(f"{name}={environ[name]}" for name in USER_VARIABLES if name in environ)
    if users:
        return GpuMask(
            shown=users,
            notes=(f"{', '.join(users)} of your shell decides which GPU is used",),
            visible=gpus,
            expected=bool(gpus),
        )
    if any(build.same("--device", word) for word in extra_args):
        return GpuMask(notes=("your --device decides which GPU is used",), visible=gpus, expected=bool(gpus))
    chosen = choose(wish, gpus)
    hidden = tuple(gpu for gpu in gpus if gpu not in chosen)
    expected = bool(chosen) and build.backend != "CPU"
    if not hidden or build.backend == "CPU":
        notes = ("this llama-server is built without GPU support",) if chosen and not expected else ()
        return GpuMask(visible=chosen, expected=expected, notes=notes)
    return _hide(chosen[0], hidden, build)


def choose(wish: str, gpus: tuple[GpuReading, ...]) -> tuple[GpuReading, ...]:
    """The GPUs of a wish: `auto`, `all`, an index, a PCI address or a ROCm UUID."""
    if wish == "all" or (wish == "auto" and not gpus):
        return gpus
    if wish == "auto":
        cards = [gpu for gpu in gpus if gpu.kind == "discrete"]
        return (max(cards or gpus, key=lambda gpu: (gpu.vram_total_bytes or 0, -gpu.index)),)
    for gpu in gpus:
        if wish.lower() in _names(gpu):
            return (gpu,)
    there = "; ".join(f"{gpu.index}: {gpu.name} at {gpu.pci}" for gpu in gpus) or "none was found"
    raise UsageError(f"there is no GPU {wish!r}", f"found here: {there}")


def _names(gpu: GpuReading) -> set[str]:
    names = {str(gpu.index), gpu.pci.lower(), gpu.pci.lower().removeprefix("0000:")}
    return names | ({gpu.uuid.lower()} if gpu.uuid else set())


def _hide(chosen: GpuReading, hidden: tuple[GpuReading, ...], build: ServerBuild) -> GpuMask:
    note = f"GPU {chosen.index} {chosen.name} ({chosen.pci}) is used; hidden from llama-server: " + ", ".join(
        f"{gpu.name} ({gpu.pci})" for gpu in hidden
    )
    if build.backend != "Vulkan" and chosen.uuid:
        return _masked(chosen, note, {"ROCR_VISIBLE_DEVICES": chosen.uuid})
    device = find_device(chosen, build.devices or ())
    if device is None:
        told = f"{chosen.name} cannot be told from the others in llama-server's list: all GPUs stay visible"
        return GpuMask(notes=(told,), visible=(chosen, *hidden), expected=True)
    if build.backend == "Vulkan" and not build.has("--device"):
        return _masked(chosen, note, {"GGML_VK_VISIBLE_DEVICES": _number(device)})
    if build.backend == "ROCm":
        return _masked(chosen, note, {"HIP_VISIBLE_DEVICES": _number(device)})
    return msgspec.structs.replace(_masked(chosen, note, {}), arguments=("--device", device.name))


def _masked(chosen: GpuReading, note: str, environment: dict[str, str]) -> GpuMask:
    shown = tuple(f"{name}={value}" for name, value in environment.items())
    return GpuMask(environment=environment, shown=shown, notes=(note,), visible=(chosen,), expected=True)


def find_device(gpu: GpuReading, devices: tuple[Device, ...]) -> Device | None:
    """The GPU in llama-server's list: by memory size, then by name; None where that leaves a doubt."""
    total = gpu.pool_bytes or gpu.vram_total_bytes
    sized = [
        device for device in devices if total and abs(device.total_mib * MIB / total - 1) <= SIZE_TOLERANCE
    ]
    candidates = sized or list(devices)
    if len(candidates) > 1 or not sized:
        words = _words(gpu.name)
        scores = [len(words & _words(device.description)) for device in candidates]
        best = max(scores, default=0)
        candidates = [device for device, score in zip(candidates, scores, strict=True) if score == best > 0]
    return candidates[0] if len(candidates) == 1 else None


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", name.lower())) - {"amd", "radeon", "graphics", "tm", "r"}


def _number(device: Device) -> str:
    return re.sub(r"\D", "", device.name)
