"""Which cards a wish means, and which of several is taken where the user left it open."""

from __future__ import annotations

import re

import msgspec

from rocmtui.core.gpu.choice.usable import hindrance
from rocmtui.core.gpu.memory.room import memory_bytes, pool_used_bytes
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.text import forms
from rocmtui.errors import UsageError

DISPLAY_GPUS = frozenset({"gfx1036", "gfx1037"})
"""Two compute units for a desktop, in a CPU: their pool is half of system memory, their speed a CPU's."""
APU_FACTOR = 1.5
"""So many times a card's memory an APU's pool must be to be preferred: it is several times slower."""
BUSY_BYTES = 2 << 30
_PARTITION = re.compile(r"(?P<card>\d{1,4})\.(?P<partition>\d{1,4})")
"""`0.3`: of the card with index 0 its partition 3."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The cards a server is to see."""

    gpus: tuple[GpuReading, ...]
    notes: tuple[str, ...] = ()
    """What of the machine's cards is not used though one may expect it, and why."""
    doubt: str | None = None
    """Of `auto`: why the card was taken where a user may well want the other, and how to choose it."""


def choose(wish: str, gpus: tuple[GpuReading, ...], backend: str | None = None) -> Choice:
    """The GPUs of a wish: `auto`, `all`, or a list of indexes, PCI addresses or ROCm UUIDs.

    `0.3` is partition 3 of GPU 0. `auto` and `all` mean those that a server of that backend can use.
    Raises UsageError for one that is not there.
    """
    if wish not in ("auto", "all"):
        chosen = _named(wish, gpus)
        return Choice(gpus=chosen, notes=_unusable(chosen, backend))
    candidates = tuple(gpu for gpu in gpus if hindrance(gpu, backend) is None)
    notes = _unusable(gpus, backend)
    if wish == "all" or len(candidates) < 2:
        return Choice(gpus=candidates, notes=notes)
    ordered = sorted(candidates, key=lambda gpu: (-_weight(gpu), gpu.kind == "apu", _taken(gpu), gpu.index))
    return Choice(gpus=(ordered[0],), notes=notes, doubt=_doubt(ordered[0], ordered[1:]))


def chosen_partitions(wish: str, gpus: tuple[GpuReading, ...]) -> dict[str, tuple[int, ...]]:
    """By card those of its partitions that a wish names, where it does not mean the whole card."""
    if "." not in wish:
        return {}
    try:
        return {gpu.pci: gpu.chosen_partitions for gpu in choose(wish, gpus).gpus}
    except UsageError:
        return {}  # a card that is gone


def _weight(gpu: GpuReading) -> float:
    """The larger pool wins; an APU's counts less, that of a GPU which only draws a desktop not at all."""
    if gpu.kind != "apu":
        return float(memory_bytes(gpu) or 0)
    return 0.0 if gpu.gfx in DISPLAY_GPUS else (memory_bytes(gpu) or 0) / APU_FACTOR


def _taken(gpu: GpuReading) -> int:
    """Of equal cards the emptier one; a little more or less makes no difference from run to run."""
    return (pool_used_bytes(gpu) or 0) // BUSY_BYTES


def _doubt(taken: GpuReading, others: list[GpuReading]) -> str | None:
    """A card passed over for an APU: which it is to be is the user's to say."""
    cards = [gpu for gpu in others if gpu.kind == "discrete"]
    if taken.kind != "apu" or not cards:
        return None
    times = (memory_bytes(taken) or 0) / (memory_bytes(cards[0]) or 1)
    why = f"it has {forms.figure(times)} times the memory, though a card may be faster with what fits it"
    rather = f"auto takes {_shown(taken)} rather than {_shown(cards[0])}"
    return f"{rather}: {why}; --gpu {cards[0].index} takes the card"


def _shown(gpu: GpuReading) -> str:
    return f"GPU {gpu.index} {gpu.name} ({forms.size(memory_bytes(gpu))})"


def _unusable(gpus: tuple[GpuReading, ...], backend: str | None) -> tuple[str, ...]:
    reasons = ((gpu, hindrance(gpu, backend)) for gpu in gpus)
    return tuple(f"{gpu.name} ({gpu.pci}) cannot be used: {reason}" for gpu, reason in reasons if reason)


def _named(wish: str, gpus: tuple[GpuReading, ...]) -> tuple[GpuReading, ...]:
    """The cards of a list in their order; one of which only partitions are named sees only those."""
    wanted: dict[str, set[int]] = {}
    for part in wish.split(","):
        found = _PARTITION.fullmatch(part.strip())
        gpu = _find(found["card"] if found else part, gpus)
        numbers = range(len(gpu.partition_bytes))
        if found is None:
            wanted.setdefault(gpu.pci, set()).update(numbers)
        elif (number := int(found["partition"])) in numbers:
            wanted.setdefault(gpu.pci, set()).add(number)
        else:
            there = f"it has {len(numbers)}, from 0 on" if numbers else "it is not partitioned"
            raise UsageError(f"GPU {gpu.index} {gpu.name} has no partition {number}", there)
    return tuple(_partly(gpu, wanted[gpu.pci]) for gpu in gpus if gpu.pci in wanted)


def _partly(gpu: GpuReading, numbers: set[int]) -> GpuReading:
    """The card with some of its partitions only."""
    if len(numbers) == len(gpu.partition_bytes):
        return gpu
    chosen, indexes = tuple(sorted(numbers)), gpu.rocm_indexes or ()
    mine = tuple(indexes[number] for number in chosen if number < len(indexes))
    return msgspec.structs.replace(gpu, chosen_partitions=chosen, rocm_indexes=mine)


def _find(wish: str, gpus: tuple[GpuReading, ...]) -> GpuReading:
    for gpu in gpus:
        pci = gpu.pci.lower()
        names = {str(gpu.index), pci, pci.removeprefix("0000:"), (gpu.uuid or pci).lower()}
        if wish.strip().lower() in names:
            return gpu
    there = "; ".join(f"{gpu.index}: {gpu.name} at {gpu.pci}" for gpu in gpus) or "none was found"
    raise UsageError(f"there is no GPU {wish.strip()[:40]!r}", f"found here: {there}")
