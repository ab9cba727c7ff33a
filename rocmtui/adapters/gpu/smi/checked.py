"""Holds AMD's library against the kernel's files, field by field; started only while all cards are awake."""

from __future__ import annotations

from collections import Counter

import msgspec

from rocmtui.adapters.gpu.smi.binding import Pyrsmi, PyrsmiUnavailable
from rocmtui.core.gpu.fields import TOTAL_OF, believable
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.gpu.sampler.cross_check import choose
from rocmtui.core.gpu.sleep import ASLEEP

SOURCE = "pyrsmi, checked with sysfs"
SOURCE_ALONE = "pyrsmi"
DIFFERENCES_BEFORE_NOTE = 3
"""Two reads a moment apart may differ while memory is being allocated."""


class LibraryReader:
    """Starts the library once and adds its figures to readings."""

    def __init__(self) -> None:
        self.notes: tuple[str, ...] = ()
        """Why the library is not in use, or where it was overruled."""
        self._library: Pyrsmi | None = None
        self._gave_up = False
        self._names: dict[str, str] = {}
        self._differences: Counter[tuple[str, str]] = Counter()

    def check(self, gpus: tuple[GpuReading, ...]) -> tuple[GpuReading, ...]:
        """The readings with the library's figures where it has them and the files agree."""
        amdgpu = [gpu for gpu in gpus if gpu.driver == "amdgpu"]
        if self._library is None and not self._gave_up and amdgpu:
            self._try_start(amdgpu)
        if self._library is None:
            return gpus
        return tuple(self._checked(self._library, gpu) for gpu in gpus)

    def _try_start(self, gpus: list[GpuReading]) -> None:
        asleep = [gpu.name for gpu in gpus if gpu.runtime_status in ASLEEP]
        if asleep:
            self.notes = (f"AMD's SMI library would wake {asleep[0]}: using sysfs alone while it sleeps.",)
            return
        try:
            self._library = Pyrsmi()
            self.notes = ()
        except PyrsmiUnavailable as error:
            self._gave_up = True
            self.notes = (f"{error}; using sysfs alone.",)

    def _checked(self, library: Pyrsmi, gpu: GpuReading) -> GpuReading:
        if gpu.pci not in library.cards or gpu.partitions:
            return gpu
        changes: dict[str, object] = {}
        sources = dict(gpu.sources)
        known = library.memory(gpu.pci)
        for field, value in known.items():
            total = known.get(TOTAL_OF.get(field, ""))
            chosen, whose = choose(value, getattr(gpu, field), total)
            self._count(gpu, field, value, differs=whose == "differ")
            if whose == "library" and believable(field, chosen):
                changes[field] = chosen
                sources[field] = SOURCE if field in gpu.sources else SOURCE_ALONE
        if gpu.runtime_status not in ASLEEP:
            self._fill_gaps(library, gpu, changes, sources)
        return msgspec.structs.replace(gpu, sources=sources, **changes)

    def _fill_gaps(
        self, library: Pyrsmi, gpu: GpuReading, changes: dict[str, object], sources: dict[str, str]
    ) -> None:
        """Ask for what sysfs does not say of an awake card."""
        if gpu.busy_percent is None and believable("busy_percent", busy := library.busy_percent(gpu.pci)):
            changes["busy_percent"], sources["busy_percent"] = float(busy), SOURCE_ALONE
        if sources.get("name") == "PCI id" and (name := self._name(library, gpu.pci)):
            changes["name"], sources["name"] = name, SOURCE_ALONE

    def _name(self, library: Pyrsmi, pci: str) -> str:
        if pci not in self._names:
            name = library.name(pci)
            self._names[pci] = "" if name.startswith("0x") or not name.isprintable() else name
        return self._names[pci]

    def _count(self, gpu: GpuReading, field: str, value: int, *, differs: bool) -> None:
        key = (gpu.pci, field)
        if not differs:
            self._differences[key] = 0
            return
        self._differences[key] += 1
        if self._differences[key] == DIFFERENCES_BEFORE_NOTE:
            mine = getattr(gpu, field)
            said = f"{field} is {value}, sysfs {mine}"
            self.notes += (f"{gpu.name}: AMD's SMI library says {said}: sysfs counts.",)
