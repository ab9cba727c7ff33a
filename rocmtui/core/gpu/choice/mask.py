"""How GPUs are hidden from llama-server: by ROCm's and Vulkan's variables or its own --device.

An integrated GPU beside a card crashes llama.cpp or slows it down, and its auto-fit spreads a model over
both. Indexes of the kernel, ROCm and Vulkan all differ: cards are told apart by PCI address and ROCm UUID,
by ROCm's own count where UUIDs are shared or missing, and found in llama-server's list by size and name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from rocmtui.core.gpu.choice.listed import find_device
from rocmtui.core.gpu.choice.pick import Choice, choose
from rocmtui.core.gpu.memory.room import chosen_words
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.build import ServerBuild

USER_VARIABLES = (
    "ROCR_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "CUDA_VISIBLE_DEVICES",
    "GPU_DEVICE_ORDINAL",
    "GGML_VK_VISIBLE_DEVICES",
)
"""Variables that choose GPUs. One that the user set wins over ours."""


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
    by_user: bool = False
    """The user's own variables or `--device` choose: which of `visible` those leave is not known."""
    doubt: str | None = None
    """Why `auto` took the one it took, where the other may be wanted."""


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
        note = f"{', '.join(users)} of your shell decides which GPU is used"
        return GpuMask(shown=users, notes=(note,), visible=gpus, expected=bool(gpus), by_user=True)
    if any(build.same("--device", word) for word in extra_args):
        note = "your --device decides which GPU is used"
        return GpuMask(notes=(note,), visible=gpus, expected=bool(gpus), by_user=True)
    choice = choose(wish, gpus, build.backend)
    chosen = choice.gpus
    hidden = tuple(gpu for gpu in gpus if gpu not in chosen)
    if build.backend == "CPU":
        notes = ("this llama-server is built without GPU support",) if chosen else ()
        return GpuMask(visible=chosen, notes=notes)
    if not chosen or not hidden:
        return GpuMask(visible=chosen, expected=bool(gpus), notes=choice.notes)
    return _hide(choice, hidden, build)


def _hide(choice: Choice, hidden: tuple[GpuReading, ...], build: ServerBuild) -> GpuMask:
    chosen = choice.gpus
    environment = {} if build.backend == "Vulkan" else _by_rocm(chosen, hidden)
    arguments: tuple[str, ...] = ()
    if not environment:
        devices = [find_device(gpu, build.devices or ()) for gpu in chosen]
        found = list(dict.fromkeys(device for device in devices if device is not None))
        if len(found) != len(chosen):
            told = f"{_names(chosen)} cannot be told from the others in llama-server's list"
            return GpuMask(
                notes=(f"{told}: all GPUs stay visible", *choice.notes),
                visible=tuple(gpu for gpu in (*chosen, *hidden) if not gpu.chosen_partitions),
                expected=True,
            )
        numbers = ",".join(re.sub(r"\D", "", device.name) for device in found)
        if build.backend == "Vulkan" and not build.has("--device"):
            environment = {"GGML_VK_VISIBLE_DEVICES": numbers}
        elif build.backend == "ROCm":
            environment = {"HIP_VISIBLE_DEVICES": numbers}
        else:
            arguments = ("--device", ",".join(device.name for device in found))
    return GpuMask(
        environment=environment,
        arguments=arguments,
        shown=tuple(f"{name}={value}" for name, value in environment.items()),
        notes=(_used(chosen, hidden), *choice.notes, *([choice.doubt] if choice.doubt else [])),
        visible=chosen,
        expected=True,
        doubt=choice.doubt,
    )


def _by_rocm(chosen: tuple[GpuReading, ...], hidden: tuple[GpuReading, ...]) -> dict[str, str]:
    """By UUID where each is one card's alone, else by ROCm's count: partitions have one UUID in common."""
    uuids = [gpu.uuid for gpu in (*chosen, *hidden) if gpu.uuid]
    if all(gpu.uuid and uuids.count(gpu.uuid) == 1 and len(gpu.rocm_indexes or ()) < 2 for gpu in chosen):
        return {"ROCR_VISIBLE_DEVICES": ",".join(gpu.uuid or "" for gpu in chosen)}
    if all(gpu.rocm_indexes for gpu in chosen):
        indexes = (index for gpu in chosen for index in gpu.rocm_indexes or ())
        return {"ROCR_VISIBLE_DEVICES": ",".join(map(str, indexes))}
    return {}


def _used(chosen: tuple[GpuReading, ...], hidden: tuple[GpuReading, ...]) -> str:
    used = ", ".join(f"GPU {gpu.index} {gpu.name} ({gpu.pci}){chosen_words(gpu)}" for gpu in chosen)
    verb = "are" if len(chosen) > 1 or len(chosen[0].chosen_partitions) > 1 else "is"
    in_part = {gpu.pci for gpu in chosen}
    others = tuple(gpu for gpu in hidden if gpu.pci not in in_part)
    names = ["other partitions"] if len(others) < len(hidden) else []
    names += [_names(others)] if others else []
    return f"{used} {verb} chosen; hidden from llama-server: {', '.join(names)}"


def _names(gpus: tuple[GpuReading, ...]) -> str:
    return ", ".join(f"{gpu.name} ({gpu.pci})" for gpu in gpus)
