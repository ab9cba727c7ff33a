"""AMD GPUs as the kernel's own files show them: sysfs, hwmon, gpu_metrics and KFD."""

from __future__ import annotations

import time
from collections.abc import Collection

from rocmtui.adapters.gpu.card_reader import CardReader
from rocmtui.adapters.gpu.cards import Card, find_cards
from rocmtui.adapters.gpu.names import AMDGPU_IDS
from rocmtui.adapters.machine.small_file import FileReader, list_dir
from rocmtui.core.gpu.reading import GpuReading


def read_gpus(
    root: str = "/sys",
    ids: tuple[str, ...] = AMDGPU_IDS,
    dev: str | None = None,
    *,
    sensors: bool = False,
    links: bool = False,
) -> tuple[GpuReading, ...]:
    """All AMD cards now, by PCI address, with their memory.

    Without `sensors` no card's firmware is asked, so one that hangs does not hold the caller up; with
    them power, temperatures, clocks and load are read as well, as the sampler process does. `links`: the
    PCIe links of awake cards, which is a question to the bridges alone.
    """
    return SysfsReader(root, ids, dev).read(time.monotonic_ns(), sensors=sensors, links=links or sensors)


class SysfsReader:
    """Reads all cards again and again; keeps what does not change. Not thread-safe."""

    def __init__(self, root: str = "/sys", ids: tuple[str, ...] = AMDGPU_IDS, dev: str | None = None) -> None:
        self.files = FileReader()
        self.root = root
        self._ids = ids
        self._dev = dev
        self._entries: list[str] = []
        self._readers: list[CardReader] = []
        self.in_use: Collection[str] | None = ()
        """Cards of which each reading is new, though that keeps them from falling asleep; None: all."""
        self.cards: tuple[Card, ...] = ()
        self.find()

    def find(self) -> None:
        """Look for cards again: one may have vanished, come back after a reset or been plugged in."""
        drm = f"{self.root}/class/drm"
        self._entries = list_dir(drm)
        self.cards = find_cards(self.files, self.root, self._ids, self._dev)
        self._readers = [CardReader(card, self.files, drm, self._entries) for card in self.cards]

    def has_changed(self) -> bool:
        """Whether the kernel lists other graphics devices than when they were last looked for."""
        return list_dir(f"{self.root}/class/drm") != self._entries

    def read(self, now_ns: int, *, sensors: bool = True, links: bool = True) -> tuple[GpuReading, ...]:
        """All cards now. A card that vanished is left out."""
        return tuple(
            reader.read(index, now_ns, sensors=sensors, links=links, may_rest=self._may_rest(reader.card))
            for index, reader in enumerate(self._readers)
            if self.files.read(f"{reader.card.device}/uevent", 64)
        )

    def _may_rest(self, card: Card) -> bool:
        return self.in_use is not None and card.pci not in self.in_use
