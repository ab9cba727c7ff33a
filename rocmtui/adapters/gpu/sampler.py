"""One sample of all cards from all sources; lives in the sampler process."""

from __future__ import annotations

from rocmtui.adapters.gpu.notes import denied_note, find_notes, why_gone
from rocmtui.adapters.gpu.process_memory import ProcessMemory
from rocmtui.adapters.gpu.smi.checked import LibraryReader
from rocmtui.adapters.gpu.sysfs import SysfsReader
from rocmtui.adapters.machine.seldom import Seldom
from rocmtui.core.gpu.reading import GpuReading, GpuSample, MemoryUser
from rocmtui.core.gpu.sampler.messages import SamplerSettings
from rocmtui.core.gpu.sleep import kept_awake

LOOK_NS = 5_000_000_000
"""How often the list of cards is compared."""
USERS_NS = 2_000_000_000
"""How often the processes on the cards are read."""


class GpuSampler:
    """Takes samples. One thread only."""

    def __init__(self, settings: SamplerSettings, now_ns: int) -> None:
        self._settings = settings
        self._sysfs = SysfsReader(settings.root)
        self._looked_ns = now_ns
        self._seen: dict[str, str] = {}
        self._notes = self._find_notes()
        self._library = LibraryReader() if settings.use_pyrsmi else None
        self._memory = ProcessMemory(settings.proc, settings.root)
        self._users = Seldom[tuple[MemoryUser, ...]](USERS_NS)
        self._samples = 0
        self._server_pid: int | None = None

    def watch_server(self, pid: int | None) -> None:
        """Whose memory to call the server's. No card it uses rests; until that is known, none does."""
        self._sysfs.in_use = () if pid is None else None
        self._server_pid = pid
        self._users.forget()

    def sample(self, now_ns: int) -> GpuSample:
        """All cards now. The first sample is the kernel's alone: starting AMD's library may hang."""
        gpus = self._sysfs.read(now_ns)
        if len(gpus) != len(self._sysfs.cards) or self._is_due_and_changed(now_ns):
            self._sysfs.find()
            self._notes = self._find_notes()
            gpus = self._sysfs.read(now_ns)
        notes = self._notes + denied_note(self._sysfs.files.denied)
        if self._library is not None and self._samples > 0:
            gpus = self._library.check(gpus)
            notes += self._library.notes
        users = self._users.at(now_ns, lambda: self._read_users(now_ns, gpus))
        self._samples += 1
        return GpuSample(at_ns=now_ns, gpus=gpus, users=users, notes=notes)

    def _read_users(self, now_ns: int, gpus: tuple[GpuReading, ...]) -> tuple[MemoryUser, ...]:
        users = self._memory.read(self._server_pid, self._sysfs.cards, now_ns, gpus)
        self._sysfs.in_use = () if self._server_pid is None else kept_awake(users)
        return users

    def _is_due_and_changed(self, now_ns: int) -> bool:
        if now_ns - self._looked_ns < LOOK_NS:
            return False
        self._looked_ns = now_ns
        return self._sysfs.has_changed()

    def _find_notes(self) -> tuple[str, ...]:
        present = {card.pci for card in self._sysfs.cards}
        gone = [
            f"{name} ({pci}) is gone: {why_gone(pci, self._settings.root)}."
            for pci, name in self._seen.items()
            if pci not in present
        ]
        self._seen.update((card.pci, card.name) for card in self._sysfs.cards)
        return (*find_notes(self._sysfs.cards, self._settings.root, self._settings.dev), *gone)
