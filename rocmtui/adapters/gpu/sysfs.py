"""AMD GPUs as the kernel's own files show them: sysfs, hwmon, gpu_metrics and KFD.

Wakes no card, and lets one that nobody uses fall asleep: reading its sensors would keep it awake.
"""

from __future__ import annotations

import time

import msgspec

from rocmtui.adapters.gpu.cards import ASLEEP, Card, find_cards, runtime_status
from rocmtui.adapters.gpu.names import AMDGPU_IDS
from rocmtui.adapters.gpu.sensors import SensorReading, Sensors, find_sensors, read_sensors
from rocmtui.adapters.gpu.values import Values
from rocmtui.adapters.machine.small_file import FileReader, list_dir
from rocmtui.core.gpu.fields import parse_text
from rocmtui.core.gpu.kfd import partition_lines
from rocmtui.core.gpu.memory.pool import choose_pool
from rocmtui.core.gpu.reading import GpuReading

MEMORY_FILES = {
    "vram_total_bytes": "mem_info_vram_total",
    "vram_used_bytes": "mem_info_vram_used",
    "visible_vram_total_bytes": "mem_info_vis_vram_total",
    "visible_vram_used_bytes": "mem_info_vis_vram_used",
    "gtt_total_bytes": "mem_info_gtt_total",
    "gtt_used_bytes": "mem_info_gtt_used",
}
RESTING_BYTES = 512 << 20
"""A card with less VRAM in use, no display and leave to sleep is resting."""
RESTING_NS = 20_000_000_000
"""How often a resting card's sensors are read: the driver lets it sleep after 5 s without."""


def read_gpus(
    root: str = "/sys", ids: tuple[str, ...] = AMDGPU_IDS, *, sensors: bool = False
) -> tuple[GpuReading, ...]:
    """All AMD cards now, by PCI address, with their memory.

    Without `sensors` no card's firmware is asked, so one that hangs does not hold the caller up; with
    them power, temperatures, clocks and load are read as well, as the sampler process does.
    """
    return SysfsReader(root, ids).read(time.monotonic_ns(), sensors=sensors)


class SysfsReader:
    """Reads all cards again and again; keeps what does not change. Not thread-safe."""

    def __init__(self, root: str = "/sys", ids: tuple[str, ...] = AMDGPU_IDS) -> None:
        self.files = FileReader()
        self.root = root
        self._ids = ids
        self._sensors: dict[str, Sensors] = {}
        self._rested: dict[str, tuple[int, SensorReading]] = {}
        self._entries: list[str] = []
        self.may_rest = True
        """False: each reading of every awake card is new, though that keeps it from falling asleep."""
        self.cards: tuple[Card, ...] = ()
        self.find()

    def find(self) -> None:
        """Look for cards again: one may have vanished, come back after a reset or been plugged in."""
        self._entries = list_dir(f"{self.root}/class/drm")
        self.cards = find_cards(self.files, self.root, self._ids)
        self._sensors.clear()

    def has_changed(self) -> bool:
        """Whether the kernel lists other graphics devices than when they were last looked for."""
        return list_dir(f"{self.root}/class/drm") != self._entries

    def read(self, now_ns: int, *, sensors: bool = True) -> tuple[GpuReading, ...]:
        """All cards now. A card that vanished is left out."""
        return tuple(
            self._read_card(index, card, now_ns, sensors)
            for index, card in enumerate(self.cards)
            if self.files.read(f"{card.device}/uevent", 64)
        )

    def _read_card(self, index: int, card: Card, now_ns: int, sensors: bool) -> GpuReading:
        status = runtime_status(self.files, card.device)
        values = Values(self.files, card.device)
        for field, file in MEMORY_FILES.items():
            values.read(field, file, f"sysfs {file}")
        values.drop_overfull()
        if status in ASLEEP:
            sensed = SensorReading()
        elif sensors:
            sensed = self._sense(card, values, now_ns)
        else:
            sensed = SensorReading(is_apu=self._sensors_of(card).has_north_bridge)
        values.take_all(sensed.fields, sensed.sources)
        heap = card.nodes[0].heap_bytes if len(card.nodes) == 1 else None
        vram, gtt = (values.number(name) for name in ("vram_total_bytes", "gtt_total_bytes"))
        pool = choose_pool(is_apu=sensed.is_apu, heap_bytes=heap, vram_bytes=vram, gtt_bytes=gtt)
        values.take("pool_bytes", pool.size_bytes, pool.source)
        return msgspec.convert(
            {
                **values.fields,
                "pci": card.pci,
                "name": card.name,
                "index": index,
                "gfx": card.gfx,
                "kind": "apu" if sensed.is_apu else "discrete",
                "uuid": card.uuid,
                "card": card.card,
                "render_node": card.render_node,
                "pool": pool.kind,
                "throttle": sensed.throttle,
                "link_speed": sensed.link_speed,
                "driver": card.driver,
                "runtime_status": status,
                "partitions": partition_lines(card.nodes),
                "sources": {**card.sources(), **values.sources},
            },
            GpuReading,
        )

    def _sense(self, card: Card, memory: Values, now_ns: int) -> SensorReading:
        """The sensors of an awake card; of a resting one those of its last reading for a while."""
        read_ns, sensed = self._rested.get(card.pci, (None, SensorReading()))
        resting = self.may_rest and not sensed.is_apu and self._is_resting(card, memory)
        if resting and read_ns is not None and now_ns - read_ns < RESTING_NS:
            return sensed
        sensed = read_sensors(self.files, card.device, self._sensors_of(card))
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
