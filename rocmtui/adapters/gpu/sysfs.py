"""AMD GPUs as the kernel's own files show them: sysfs, hwmon, gpu_metrics and KFD.

Wakes no card, and lets one that nobody uses fall asleep: reading its sensors would keep it awake.
"""

from __future__ import annotations

import time
from collections.abc import Collection

import msgspec

from rocmtui.adapters.gpu.cards import Card, find_cards, runtime_status
from rocmtui.adapters.gpu.kind import read_evidence
from rocmtui.adapters.gpu.link import LINK_FILES, link_folders, read_link
from rocmtui.adapters.gpu.names import AMDGPU_IDS
from rocmtui.adapters.gpu.sensors import SensorReading, Sensors, find_sensors, read_sensors
from rocmtui.adapters.gpu.slow import SlowFacts, read_slow
from rocmtui.adapters.gpu.values import Values
from rocmtui.adapters.machine.small_file import FileReader, list_dir
from rocmtui.core.gpu.fields import TOTAL_OF, parse_text
from rocmtui.core.gpu.memory.kind import KindEvidence, is_apu, is_unified
from rocmtui.core.gpu.memory.pool import choose_pool
from rocmtui.core.gpu.memory.room import pool_used_bytes
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.gpu.sleep import ASLEEP

MEMORY_FILES = {
    "vram_total_bytes": "mem_info_vram_total",
    "vram_used_bytes": "mem_info_vram_used",
    "visible_vram_total_bytes": "mem_info_vis_vram_total",
    "visible_vram_used_bytes": "mem_info_vis_vram_used",
    "gtt_total_bytes": "mem_info_gtt_total",
    "gtt_used_bytes": "mem_info_gtt_used",
}
TOTALS = frozenset(TOTAL_OF.values())
LINK_NS = 5_000_000_000
SLOW_NS = 30_000_000_000
"""How often limits and counted errors are read; longer than a card takes to fall asleep."""
RESTING_BYTES = 512 << 20
"""A card with less VRAM in use, no display and leave to sleep is resting."""
RESTING_NS = 20_000_000_000
"""How often a resting card's sensors are read: the driver lets it sleep after 5 s without."""


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
        self._totals: dict[str, dict[str, float]] = {}
        self._kinds: dict[str, KindEvidence] = {}
        self._slow: dict[str, tuple[int | None, SlowFacts]] = {}
        self._links: dict[str, tuple[int | None, dict[str, object]]] = {}
        self._sensors: dict[str, Sensors] = {}
        self._rested: dict[str, tuple[int, SensorReading]] = {}
        self._entries: list[str] = []
        self.in_use: Collection[str] | None = ()
        """Cards of which each reading is new, though that keeps them from falling asleep; None: all."""
        self.cards: tuple[Card, ...] = ()
        self.find()

    def find(self) -> None:
        """Look for cards again: one may have vanished, come back after a reset or been plugged in."""
        self._entries = list_dir(f"{self.root}/class/drm")
        self.cards = find_cards(self.files, self.root, self._ids, self._dev)
        self._sensors.clear()
        self._totals.clear()
        self._kinds.clear()
        self._links.clear()
        self._slow.clear()

    def has_changed(self) -> bool:
        """Whether the kernel lists other graphics devices than when they were last looked for."""
        return list_dir(f"{self.root}/class/drm") != self._entries

    def read(self, now_ns: int, *, sensors: bool = True, links: bool = True) -> tuple[GpuReading, ...]:
        """All cards now. A card that vanished is left out."""
        return tuple(
            self._read_card(index, card, now_ns, sensors, links)
            for index, card in enumerate(self.cards)
            if self.files.read(f"{card.device}/uevent", 64)
        )

    def _read_card(self, index: int, card: Card, now_ns: int, sensors: bool, links: bool) -> GpuReading:
        status = runtime_status(self.files, card.device)
        values = Values(self.files, card.device)
        self._read_memory(card, values)
        asleep = status in ASLEEP
        seen = self._evidence(card, asleep=asleep)
        apu, unified = is_apu(seen), is_unified(seen)
        may_rest = not apu and self.in_use is not None and card.pci not in self.in_use
        sensed = self._sense(card, values, now_ns, may_rest) if sensors and not asleep else SensorReading()
        values.take_all(sensed.fields, sensed.sources)
        slow = self._slowly(card, now_ns) if sensors and not asleep else SlowFacts()
        values.take_all(slow.fields, slow.sources)
        link = self._link(card, now_ns) if links and not asleep else {}
        values.sources.update({name: f"sysfs {file}" for name, file in LINK_FILES.items() if link.get(name)})
        pool = choose_pool(
            is_apu=apu,
            heap_bytes=seen.heap_bytes if len(card.nodes) == 1 else None,
            vram_bytes=values.number("vram_total_bytes"),
            gtt_bytes=values.number("gtt_total_bytes"),
            only_system=unified or seen.heap_is_system,
        )
        values.take("pool_bytes", pool.size_bytes, pool.source)
        reading = msgspec.convert(
            {
                **values.fields,
                **card.fixed(),
                "index": index,
                "kind": "apu" if apu else "discrete",
                "is_unified": unified,
                "pool": pool.kind,
                "throttle": sensed.throttle,
                **link,
                "compute_partition": slow.compute_partition,
                "memory_partition": slow.memory_partition,
                "runtime_status": status,
                "sources": {**card.sources(), **values.sources},
            },
            GpuReading,
        )
        return msgspec.structs.replace(reading, pool_used_bytes=pool_used_bytes(reading))

    def _read_memory(self, card: Card, values: Values) -> None:
        """How much there is does not change while the driver runs, so it is read once."""
        totals = self._totals.setdefault(card.pci, {})
        for field, file in MEMORY_FILES.items():
            source = f"sysfs {file}"
            values.take(field, totals.get(field), source)
            values.read(field, file, source)
            if field in TOTALS and field in values.fields:
                totals[field] = values.fields[field]
        values.drop_overfull()

    def _evidence(self, card: Card, *, asleep: bool) -> KindEvidence:
        """What tells an APU, gathered once; of a card that sleeps what can be told without waking it."""
        if card.pci in self._kinds:
            return self._kinds[card.pci]
        north_bridge = not asleep and self._sensors_of(card).has_north_bridge
        seen = read_evidence(self.files, card, north_bridge=north_bridge, awake=False)
        if not asleep and not is_apu(seen):
            seen = read_evidence(self.files, card, north_bridge=north_bridge, awake=True)
        if not asleep:
            self._kinds[card.pci] = seen
        return seen

    def _slowly(self, card: Card, now_ns: int) -> SlowFacts:
        read_ns, facts = self._slow.get(card.pci, (None, SlowFacts()))
        if read_ns is None or now_ns - read_ns >= SLOW_NS:
            facts = read_slow(self.files, card.device, self._sensors_of(card))
            self._slow[card.pci] = (now_ns, facts)
        return facts

    def _link(self, card: Card, now_ns: int) -> dict[str, object]:
        """The card's link, read now and then: it changes with a reset or the card's sleep."""
        read_ns, link = self._links.get(card.pci, (None, {}))
        if read_ns is None or now_ns - read_ns >= LINK_NS:
            link = read_link(self.files, link_folders(card.device))
            self._links[card.pci] = (now_ns, link)
        return link

    def _sense(self, card: Card, memory: Values, now_ns: int, may_rest: bool) -> SensorReading:
        """The sensors of an awake card; of a resting one those of its last reading for a while."""
        read_ns, sensed = self._rested.get(card.pci, (None, SensorReading()))
        resting = may_rest and self._is_resting(card, memory)
        if resting and read_ns is not None and now_ns - read_ns < RESTING_NS:
            return sensed
        sensed = read_sensors(self.files, card.device, self._sensors_of(card), sensed.metrics)
        self._rested[card.pci] = (now_ns, sensed)
        return sensed

    def _sensors_of(self, card: Card) -> Sensors:
        sensors = self._sensors.get(card.pci)
        if sensors is None:
            sensors = self._sensors[card.pci] = find_sensors(self.files, card.device)
        return sensors

    def _is_resting(self, card: Card, memory: Values) -> bool:
        if (memory.number("vram_used_bytes") or RESTING_BYTES) >= RESTING_BYTES:
            return False
        if parse_text(self.files.read(f"{card.device}/power/control"), 8) != "auto":
            return False
        outputs = (name for name in self._entries if name.startswith(f"{card.card}-"))
        drm = f"{self.root}/class/drm"
        return all(parse_text(self.files.read(f"{drm}/{name}/enabled"), 10) != "enabled" for name in outputs)
