"""What the launch screen chooses from, and what a choice would cost in memory."""

from __future__ import annotations

import msgspec

from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line

SYSTEM_MEMORY = "system memory"
"""Names the device of a plan that runs on the processor."""
MAX_SLOTS = 256
"""llama.cpp refuses more sequences than this (LLAMA_MAX_SEQ)."""

CACHE_TYPES = ("f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl", "bf16", "f32")
"""Cache types llama-server accepts, in the order people try them."""


class ModelChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One model file that was found. Names are untrusted text."""

    path: str
    name: str
    quantization: str | None = None
    size_bytes: int | None = None
    """All parts together."""
    n_params: int | None = None
    architecture: str | None = None
    ctx_train: int | None = None
    layers: int | None = None
    problem: str | None = None
    """Why it cannot be started, e.g. a missing part; None when all is well."""


class ModelsFound(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a search for models."""

    models: tuple[ModelChoice, ...] = ()
    looked_in: tuple[str, ...] = ()
    """Every folder that was searched, also those that do not exist."""


class BinaryFound(msgspec.Struct, frozen=True, kw_only=True):
    """The llama-server that would run."""

    path: str | None
    """None: none found."""
    source: str = ""
    """`--server-bin`, `ROCM_LLAMA_SERVER_PATH`, `PATH` or `embedded`."""
    build: str | None = None
    backend: str | None = None
    note: str | None = None
    """Why nothing more is known of it."""
    problem: str | None = None
    """What is wrong with it and how to mend it."""


RELEASES = "github.com/ggml-org/llama.cpp/releases"


def cpu_only(binary: BinaryFound | None, gpus: tuple[GpuReading, ...], plan: LaunchPlan) -> str:
    """Why the model would run on the CPU beside a card, and the way out; nothing where it would not."""
    if binary is None or binary.backend != "CPU" or not gpus or plan.gpu == "none" or plan.gpu_layers == "0":
        return ""
    card = clean_line(gpus[0].name, 40)
    return (
        f"This llama-server has no way to the {card}: the model would run on the CPU, many times slower. "
        f"Vulkan and ROCm builds are at {RELEASES}; name its llama-server with --server-bin or "
        "ROCM_LLAMA_SERVER_PATH. GPU: none says that the CPU is meant."
    )


class CommandPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What would be run for a plan."""

    words: tuple[str, ...]
    environment: tuple[str, ...] = ()
    """`NAME=value` of the variables that would be set."""
    notes: tuple[str, ...] = ()
    """What was left out or added, in sentences."""
    doubt: str | None = None
    """Why `--gpu auto` takes the card it takes, where the user may want another."""


class MemoryFit(msgspec.Struct, frozen=True, kw_only=True):
    """A plan's memory on the device it would use, in bytes: an estimate made before loading."""

    device: str
    total_bytes: int
    weights_bytes: int
    kv_per_slot_bytes: int
    slots: int
    compute_bytes: int
    other_bytes: int = 0
    """In use already by other processes."""
    margin_bytes: int = 0
    """What llama-server itself leaves free: tick, bar, count of slots and question all keep it."""
    advice: str = ""
    """What would make it fit, where it does not."""
    max_slots: int | None = None
    """Most slots that fit with everything else unchanged; None: not known."""
    limited_by: str | None = None
    """Of several devices the one with the least left."""
    least_left_bytes: int | None = None
    """What would be left there; None for a single device."""
    learned: str | None = None
    """What the last start of this model taught: `last time +2.9 %, counted in`."""
    expect: str = ""
    """The decode speed to expect, in words; empty where nothing is known."""
    doubt: str = ""
    """Why it would be slow though it may start: what stays in system memory finds no room there."""

    @property
    def needed_bytes(self) -> int:
        """What this server would take."""
        return self.weights_bytes + self.kv_per_slot_bytes * self.slots + self.compute_bytes

    @property
    def free_bytes(self) -> int:
        """What would be left, on the device that limits; negative when it does not fit."""
        if self.least_left_bytes is not None:
            return self.least_left_bytes
        return self.total_bytes - self.other_bytes - self.needed_bytes

    @property
    def fits(self) -> bool:
        """Whether it would fit, with the margin left."""
        return self.lack_bytes <= 0

    @property
    def lack_bytes(self) -> int:
        """What is missing; 0 or less where it fits."""
        return self.margin_bytes - self.free_bytes


def memory_doubt(kept_bytes: int, usable_bytes: int | None) -> str:
    """What is said of weights in system memory that cannot stay there; nothing where they can."""
    if usable_bytes is None or kept_bytes <= usable_bytes:
        return ""
    return (
        f"{forms.size(kept_bytes)} of the weights stay in system memory, which has room for "
        f"{forms.size(usable_bytes)}: they would be read from disk again and again"
    )


def start_doubts(fit: MemoryFit) -> tuple[str, ...]:
    """What is said, with figures, before a start that does not fit its card or its part of system memory.

    A model on the processor may take more than is free, as long as its weights can stay in memory.
    """
    doubts = (fit.doubt,) if fit.doubt else ()
    if fit.fits or fit.device == SYSTEM_MEMORY:
        return doubts
    kv_bytes = fit.kv_per_slot_bytes * fit.slots
    parts = (("weights", fit.weights_bytes), ("KV", kv_bytes), ("compute", fit.compute_bytes))
    named = ", ".join(f"{name} {forms.size(size)}" for name, size in parts)
    needs = f"{forms.size(fit.needed_bytes)} ({named})"
    free = f"{forms.size(fit.total_bytes - fit.other_bytes)} of {forms.size(fit.total_bytes)} are free"
    limits = f", {clean_line(fit.limited_by, 60)} limits" if fit.limited_by else ""
    advice = f"; {fit.advice}" if fit.advice else ""
    return (
        f"it does not fit: {needs} on {clean_line(fit.device, 60)}, where {free} and llama-server keeps "
        f"{forms.size(fit.margin_bytes)}: {forms.size(fit.lack_bytes)} too much{limits}{advice}",
        *doubts,
    )


def fit_verdict(fit: MemoryFit) -> str:
    """The fit in words: `7 slots fit, 8 do not`."""
    if fit.max_slots is None:
        return "fits" if fit.fits else "does not fit"
    if fit.max_slots < 1:
        return "not even one slot fits" + (f": {fit.limited_by} limits" if fit.limited_by else "")
    if fit.max_slots >= MAX_SLOTS:
        return f"all {MAX_SLOTS} slots fit"
    more = fit.max_slots + 1
    if fit.slots > more:
        return f"{_slots(fit.max_slots)} at most, {fit.slots} do not"
    return f"{_slots(fit.max_slots)}, {more} do not"


def _slots(count: int) -> str:
    return "1 slot fits" if count == 1 else f"{count} slots fit"
