"""An estimate held against what a server took, and what the next estimate learns from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from rocmtui.core.gguf.split import Rooms
from rocmtui.core.gguf.vram_estimate import VramEstimate
from rocmtui.core.gpu.memory.owners import by_purpose, is_host
from rocmtui.core.server.state import DeviceMemory
from rocmtui.core.text import forms

GIB = 1 << 30
MOST_TIMES = 2.0
"""A start that took more than so many times its estimate, or less than that part of it, was something else:
a stand-in, another program's memory, a log that told a part. Nothing is learned from it."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes by what they are for; `total_bytes` may hold more than the parts."""

    weights_bytes: int = 0
    kv_bytes: int = 0
    compute_bytes: int = 0
    total_bytes: int = 0


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One start: what was estimated and what was taken."""

    model: str
    """Name of its file."""
    model_bytes: int
    build: str | None = None
    backend: str | None = None
    flags: str = ""
    at_unix_s: float = 0.0
    estimated: Parts
    took: Parts
    cards: dict[str, int] = {}
    """PCI address to bytes; empty where the server ran on the CPU, whose resident memory counts then."""

    @property
    def error(self) -> float:
        """How much more it took than estimated, as a fraction."""
        return self.took.total_bytes / self.estimated.total_bytes - 1 if self.estimated.total_bytes else 0.0

    @property
    def is_plausible(self) -> bool:
        """Whether the next estimate may be corrected by it."""
        times = self.error + 1
        return self.estimated.total_bytes > 0 and 1 / MOST_TIMES <= times <= MOST_TIMES

    @property
    def missing_bytes(self) -> int:
        """What the estimate lacked."""
        return self.took.total_bytes - self.estimated.total_bytes

    @property
    def key(self) -> tuple[str, int, str | None, str | None, str]:
        """What starts it is kept for."""
        return self.model, self.model_bytes, self.build, self.backend, self.flags


def estimated_parts(need: VramEstimate, offloaded: int | None, layers: int | None, cards: int) -> Parts:
    """What an estimate puts on so many cards, with the layers offloaded; 0 cards: the CPU serves."""
    share = offloaded / layers if cards and offloaded and layers else 1.0
    weights = round(need.weights_bytes * share) + (0 if cards else need.host_weights_bytes)
    kv = round(need.kv_bytes * share)
    compute = need.compute_bytes * max(cards, 1) + (0 if cards else need.output_bytes)
    return _parts(weights, kv, compute)


def told_parts(log: Iterable[DeviceMemory], *, on_cpu: bool) -> Parts:
    """What the server's log says of the GPUs, or of all devices where the CPU serves."""
    return _parts(*by_purpose(entry for entry in log if on_cpu or not is_host(entry)))


def told_by_device(log: Iterable[DeviceMemory]) -> dict[str, int]:
    """What the server's log says of each GPU, by its address where it is told."""
    told: dict[str, int] = {}
    for entry in log:
        if not is_host(entry):
            name = entry.pci or entry.device
            told[name] = told.get(name, 0) + sum(by_purpose([entry]))
    return told


def _parts(weights: int, kv: int, compute: int) -> Parts:
    total = weights + kv + compute
    return Parts(weights_bytes=weights, kv_bytes=kv, compute_bytes=compute, total_bytes=total)


def taken_words(taken: Taken) -> str:
    """`estimated 21.0, took 21.6 GiB (+2.9 %): weights 18.0 → 18.0, ...; by card ...`."""
    estimated, took = taken.estimated, taken.took
    whole = f"estimated {forms.gib(estimated.total_bytes)}, took {forms.gib(took.total_bytes)} GiB"
    total = f"{whole} ({forms.change(taken.error)})"
    pairs = (
        ("weights", estimated.weights_bytes, took.weights_bytes),
        ("KV", estimated.kv_bytes, took.kv_bytes),
        ("compute", estimated.compute_bytes, took.compute_bytes),
    )
    parts = ", ".join(
        f"{name} {forms.gib(one)} → {forms.gib(other)}" for name, one, other in pairs if one or other
    )
    where = "in system memory" if not taken.cards else ""
    if len(taken.cards) > 1:
        where = "by card " + ", ".join(
            f"{pci} {forms.gib(size)}" for pci, size in sorted(taken.cards.items())
        )
    doubt = "" if taken.is_plausible else "; too far off to be learned from"
    return f"{total}: {parts}" + (f"; {where}" if where else "") + doubt


def closest(
    known: Sequence[Taken], model: str, model_bytes: int, build: str | None, backend: str | None, flags: str
) -> Taken | None:
    """The newest start of the same model and, as far as known, build: with the same flags, else any."""
    same = [
        taken
        for taken in known
        if taken.is_plausible
        and (taken.model, taken.model_bytes) == (model, model_bytes)
        and build in (None, taken.build)
        and backend in (None, taken.backend)
    ]
    exact = [taken for taken in same if taken.flags == flags]
    return max(exact or same, key=lambda taken: taken.at_unix_s, default=None)


def without(rooms: Rooms, missing_bytes: int) -> Rooms:
    """The rooms with what an estimate will lack taken off, by the devices' shares."""
    return tuple(
        msgspec.structs.replace(room, free_bytes=room.free_bytes - round(missing_bytes * room.share))
        for room in rooms
    )


def learned_words(taken: Taken) -> str:
    """`last time +2.9 %, counted in`."""
    return f"last time {forms.change(taken.error)}, counted in"
